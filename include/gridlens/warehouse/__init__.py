"""Where rows rest: the lake, its models and the ledger of what each day was made from."""
