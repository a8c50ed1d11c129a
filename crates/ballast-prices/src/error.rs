//! What is wrong with a file of prices.

/// A problem and the next step. The display form has the hint on its own line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}\nhint: {hint}")]
pub struct PriceFileError {
    pub problem: String,
    pub hint: String,
}

impl PriceFileError {
    pub fn new(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: hint.into() }
    }

    /// Puts the place before the problem, such as `prices.csv, line 3, `, with its separator.
    pub fn at(self, place: &str) -> Self {
        Self { problem: format!("{place}{}", self.problem), ..self }
    }
}
