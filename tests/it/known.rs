//! Known weaknesses of today's program: each test shows what goes wrong and passes while it does. Issue 12 turns them
//! around.

mod clock_behind;
mod cure_in_a_crash;
mod dust_in_front;
mod frozen_bonus;
mod loss_steering;
mod prices_of_two_times;
mod unbounded_steps;
mod unnamed_powers;
mod volatility_bias;
mod zero_weight_shield;
