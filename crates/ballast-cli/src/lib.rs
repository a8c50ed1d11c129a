//! The command line of Ballast. It reads and signs nothing.
//!
//! Reading order: [`args`] (what can be asked), [`answer`] (how it is answered), then a file per noun: [`market`], [`reserve`],
//! [`obligation`], [`price`], [`change`], and [`plan`], which compares a configuration file with the chain. All of them are functions
//! of what a [`Chain`] says, so that the tests ask them over the embedded VM.

pub mod answer;
pub mod args;
pub mod change;
pub mod figures;
pub mod market;
pub mod obligation;
pub mod plan;
pub mod price;
pub mod reserve;
pub mod settings;

use answer::{Answer, Failure};
use args::{Command, Config, Noun, Obligation, Price, Reserve};
use ballast_client::{Chain, Snapshot};

/// What the command asks, from what the chain says.
pub fn answer<C: Chain>(command: &Command, chain: &C) -> Result<Answer, Failure> {
    let read = |of: &args::Market| Snapshot::read(chain, &of.market).map_err(Failure::from);
    match &command.noun {
        Noun::Market(args::MarketCommand::Show(of)) => Answer::new(market::show(&read(of)?)),
        Noun::Reserve(Reserve::List(of)) => Answer::new(reserve::list(&read(of)?)),
        Noun::Reserve(Reserve::Show { of, reserve }) => Answer::new(reserve::show(&read(of)?, reserve)?),
        Noun::Obligation(Obligation::List { of, unhealthy }) => {
            let market = read(of)?;
            let all = market.obligations(chain)?;
            Answer::new(obligation::list(
                &market,
                &all,
                if *unhealthy { obligation::Which::Unhealthy } else { obligation::Which::All },
            ))
        }
        Noun::Obligation(Obligation::Show { of, which }) => {
            let market = read(of)?;
            let obligation = market.obligation(chain, &which.address(&of.market)?)?;
            Answer::new(obligation::show(&market, &obligation))
        }
        Noun::Price(Price::Show { of, reserve }) => Answer::new(price::show(&read(of)?, reserve.as_ref())?),
        Noun::Change(args::Change::List(of)) => {
            let market = read(of)?;
            let queued = market.changes(chain)?;
            Answer::new(change::list(&market, &queued))
        }
        Noun::Config(Config::Plan { file }) => plan::answer(chain, file),
        Noun::Completions { shell } => Ok(Answer::completions(*shell)),
    }
}
