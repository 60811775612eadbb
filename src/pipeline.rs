//! Runs a batch: scan, inspect, plan, prove, judge, write.
