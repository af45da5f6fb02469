"""Risk: takes dated events of targets, gives each target a calibrated probability of a nonconformity, with reasons.

`recipe` says what a model looks at (data, not program), `events` and `features` turn a history into figures strictly from the
past, `fitting` learns, `fitted` is what was learned and gives scores, `judging` says how good they are, `changes` what moved.
"""
