"""What each snapshot says, as samples: one module per group of families.

A group is rendered anew only when what it reads has changed, so each names its
inputs and takes nothing else.
"""
