"""What the driver is told: one block of whole numbers, of which most are addresses of arrays."""

from __future__ import annotations

FIELDS = (
    # sizes
    "states", "padded", "inputs", "picked", "times", "doses", "infusions", "switches", "overrides", "groups",
    "atol_stride", "longest",
    # functions of the model
    "rates_kernel", "factor_kernel", "stage_kernel", "start_kernel", "observe_kernel", "switches_kernel",
    # the question, shared by all threads; zero where there is no such array
    "settings", "counter", "values", "start_states", "atol", "grid", "pick", "override_state", "override_amount",
    "dose_time", "dose_state", "dose_amount", "infusion_start", "infusion_end", "infusion_state", "infusion_rate",
    "nonnegative", "dosed", "group", "counted",
    # answers, by set
    "outputs", "filled", "status", "reached", "last_state", "steps", "rejected",
    # rows of lanes, of one thread
    "x", "y", "added", "input", "k", "lu", "slope", "p", "tolerance", "lowest", "row_out", "jump", "rest",
    "scratch", "t", "h", "stop", "first_time", "last_time", "next_output", "stage_time", "out_time", "active", "fresh",
    "emit", "lane_set", "lane_output", "lane_steps", "lane_rejected", "failed", "g", "sound", "step", "calm",
    "ahead", "leapt",
    # slopes by inputs: sizes, functions, places of derivatives, given and found slopes, and room to work in
    "columns", "tables", "width", "moved_by_state", "bent_by_state", "by_input", "derive_kernel", "moved_kernel",
    "bent_kernel", "advance_kernel", "table_columns", "input_place", "start_slopes", "slope_outputs", "slope_direct",
    "tangent_p", "slopes", "new_slopes", "slope_stages", "slope_out", "stage_x", "stage_v", "stage_t", "start_x",
    "start_t", "moved_values", "bent_values", "column_weight", "column_error", "slope_error", "slope_lane", "stepped",
    # of methods that go by differences: see `ndf.driver`
    "evaluations", "factors", "lane_evaluations", "lane_factors", "order", "equal", "spacing", "factored", "age",
    "rate", "renewed", "converged", "iteration", "last", "error", "correction", "history", "weight", "sums",
    # what is watched while one set goes on: see `lookout`
    "watch_kernel", "truths", "roots", "watched", "shares", "places", "seen", "sight", "sights", "place_times", "kept",
    "crossings", "fell", "acting", "acted", "spare", "effects_kernel", "effects", "effect_start", "effect_count",
    "effect_target", "numbers", "halt", "lookout", "lookout_counts",
    # the same of sets in lanes: see `lookout_in_lanes`
    "alone", "at_first", "since", "step_end", "noticed",
    # what is kept of one set for rates that look back: see `machine.history`
    "record",
    # 1 for states that have a rate, 0 for those that constraints determine
    "mass",
)  # fmt: skip
PLACE = {name: index for index, name in enumerate(FIELDS)}

# Numbers in `settings`.
SETTINGS = (
    "rtol", "first_share", "atol_share", "hidden", "set_count", "strictness", "slope_share", "slope_floor", "leaping",
    "start_time",
)  # fmt: skip
SETTING = {name: index for index, name in enumerate(SETTINGS)}

# Answers in `status`; what is stopped has not failed, but has to be told what happens next.
DONE, TOO_SMALL, TOO_MANY, STOPPED = 0, 1, 2, 3
