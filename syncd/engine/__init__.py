"""One pass: observe, plan, apply, report. It decides nothing; the planner does."""
