"""The platform: what Bitrix24 is on the http. requests and Authlib live here and nowhere else."""
