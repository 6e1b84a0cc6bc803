"""How PanDA and Rucio write down what happened: shapes, names, units."""
