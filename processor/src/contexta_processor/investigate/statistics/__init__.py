"""How sure may one be of a difference? Intervals, tests and verdicts, in numpy and the standard library.

`delta` is candidate minus baseline throughout. What a caller usually wants:

- `paired.estimate_paired`: the same samples scored by both runs (picks the method);
- `bootstrap.percentile_difference`, `bootstrap.paired_statistic`: p95, F1, AUC and the like;
- `runs.runs_difference`, `runs.samples_over_runs`: several runs a side, such as seeds;
- `history.welch`, `history.against_history`, `history.band`: one number per run;
- `verdicts.judged`: an estimate, a direction and a margin become a word;
- `sample_size.n_needed`, `multiplicity.benjamini_hochberg`, `changes.change_points`, `drift`.

Every function refuses NaN and infinities with ValueError: what was not measured is left out by the caller,
who has to count it, never by a statistic. Where no interval exists the answer is None. docs/statistics.md
says which method is used when, from which source, and how often its intervals were seen to hold.
"""
