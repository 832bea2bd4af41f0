"""What a desk promises, chosen by rules and tried on past tickets: the parts that know tickets from above."""
