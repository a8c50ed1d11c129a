//! The program on the compiled binary: one file per instruction, then what crosses them.

mod smoke;
