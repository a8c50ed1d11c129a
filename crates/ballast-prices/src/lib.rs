//! Reads files of recorded prices.
