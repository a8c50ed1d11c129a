//! Known weaknesses of the program that stay: each test shows what goes wrong, and SECURITY.md says what limits it.

mod volatility_bias;
