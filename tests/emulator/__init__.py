"""A small Bitrix24 to live in: portals, their REST, the authorization server and a control door."""
