"""Everything over HTTP: pages, API, endpoints of Bitrix24; status codes are decided here only."""
