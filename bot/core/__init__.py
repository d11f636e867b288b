"""The words, the actions and the errors of the house. Imports the standard library only, and does nothing."""
