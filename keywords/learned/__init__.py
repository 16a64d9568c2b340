"""LEARN: a small linear judge over the rules' factors and the wording around the objects."""
