//! The command line of Ballast.
//!
//! Reading order: [`command`] (what can be asked and done), [`args`] (what that takes), [`answer`] (how it is answered), then a file per
//! noun that looks: [`market`], [`reserve`], [`obligation`], [`price`], [`change`], and [`plan`], which compares a configuration file with
//! the chain. What acts goes one way, [`act`]: [`user`], [`owner`] and [`anyone`] say what people do, [`wallet`] what that needs around
//! it, [`effect`] what it would do, [`signing`] who signs; [`apply`] does a plan's steps, which are a [`deed`] each, and [`admin`] what authority and guardian do at once.
//! [`report`] tells the program's [`event`]s, and [`program`] deploys it through the [`loader`].

pub mod act;
pub mod admin;
pub mod answer;
pub mod anyone;
pub mod apply;
pub mod args;
pub mod change;
pub mod command;
pub mod deed;
pub mod effect;
pub mod event;
pub mod figures;
pub mod loader;
pub mod market;
pub mod obligation;
pub mod owner;
pub mod plan;
pub mod price;
pub mod program;
pub mod quantity;
pub mod report;
pub mod reserve;
pub mod settings;
pub mod signing;
pub mod user;
pub mod wallet;

use answer::{Answer, Failure};
use ballast_client::Snapshot;
use command::{Command, Config, Fees, Insurance, MarketCommand, Noun, Obligation, Price, Program, Reserve, Voucher};
use solana_rpc_client::rpc_client::RpcClient;

/// What the command asks or does, by a node.
pub fn answer(command: &Command, node: &RpcClient) -> Result<Answer, Failure> {
    let read = |of: &args::Market| Snapshot::read(node, &of.market).map_err(Failure::from);
    match &command.noun {
        Noun::Market(MarketCommand::Show(of)) => Answer::new(market::show(&read(of)?)),
        Noun::Reserve(Reserve::List(of)) => Answer::new(reserve::list(&read(of)?)),
        Noun::Reserve(Reserve::Show { of, reserve }) => Answer::new(reserve::show(&read(of)?, &reserve.0)?),
        Noun::Obligation(Obligation::List { of, unhealthy }) => {
            let market = read(of)?;
            let all = market.obligations(node)?;
            let which = if *unhealthy { obligation::Which::Unhealthy } else { obligation::Which::All };
            Answer::new(obligation::list(&market, &all, which))
        }
        Noun::Obligation(Obligation::Show { of, which }) => {
            let market = read(of)?;
            let obligation = market.obligation(node, &which.address(&of.market)?)?;
            Answer::new(obligation::show(&market, &obligation))
        }
        Noun::Price(Price::Show { of, reserve }) => {
            Answer::new(price::show(&read(of)?, reserve.as_ref().map(|name| &name.0))?)
        }
        Noun::Change(command::Change::List(of)) => {
            let market = read(of)?;
            let queued = market.changes(node)?;
            Answer::new(change::list(&market, &queued))
        }
        Noun::Config(Config::Plan { file }) => plan::answer(node, file),
        Noun::Config(Config::Init(args)) => apply::init(node, args),
        Noun::Config(Config::Apply(args)) => apply::apply(node, args),
        Noun::Program(Program::Show) => program::show(node),
        Noun::Program(Program::Deploy(args)) => program::deploy(node, args),
        Noun::Report(args) => report::answer(node, args),
        Noun::Completions { shell } => Ok(Answer::completions(*shell)),
        one_transaction => Answer::new(act(one_transaction, node)?),
    }
}

/// What is one transaction.
fn act(noun: &Noun, node: &RpcClient) -> Result<act::Done, Failure> {
    match noun {
        Noun::Deposit(movement) => user::deposit(node, movement),
        Noun::Withdraw(movement) => user::withdraw(node, movement),
        Noun::Borrow(movement) => user::borrow(node, movement),
        Noun::Repay(movement) => user::repay(node, movement),
        Noun::Voucher(Voucher::Mint(movement)) => user::voucher_mint(node, movement),
        Noun::Voucher(Voucher::Burn(movement)) => user::voucher_burn(node, movement),
        Noun::Obligation(Obligation::Open(args)) => owner::open(node, args),
        Noun::Obligation(Obligation::Close(args)) => owner::close(node, args),
        Noun::Obligation(Obligation::Settings(args)) => owner::settings(node, args),
        Noun::Liquidate(args) => anyone::liquidate(node, args),
        Noun::Flag(args) => anyone::flag(node, args),
        Noun::Refresh(args) => anyone::refresh(node, args),
        Noun::Insurance(Insurance::Fund(args)) => anyone::insurance_fund(node, args),
        Noun::Fees(Fees::Collect(args)) => anyone::fees_collect(node, args),
        Noun::Market(MarketCommand::HandOver { to, admin }) => admin::hand_over(node, to, admin),
        Noun::Market(MarketCommand::Accept(admin)) => admin::accept(node, admin),
        Noun::Reserve(Reserve::Tighten(args)) => admin::tighten(node, args),
        Noun::Change(command::Change::Execute { change, admin }) => admin::execute(node, change, admin),
        Noun::Change(command::Change::Cancel { change, admin }) => admin::cancel(node, change, admin),
        Noun::Pause(args) => admin::pause(node, args),
        _ => Err(Failure::Input("this only looks".to_owned(), "`ballast --help` lists what there is")),
    }
}
