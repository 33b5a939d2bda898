"""The platform: what Bitrix24 is on the wire. requests and Authlib live here and nowhere else."""
