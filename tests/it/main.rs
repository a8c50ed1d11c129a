//! The program on the compiled binary: one file per instruction, then what crosses them.

mod binary;
mod borrow;
mod cu;
mod liquidate;
mod scene;
mod substitution;
mod verdict;
mod withdraw;
