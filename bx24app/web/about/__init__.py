"""Pages for anybody: privacy, licence and help, as the Market's card links to them."""
