//! The command line of Ballast.
//!
//! Reading order:
//! - [`command`] has the tree of commands and [`args`] their arguments; [`answer`] has answers, errors and exit
//!   statuses.
//! - A file for each noun that is shown: [`market`], [`reserve`], [`price`], [`obligation`], [`change`].
//! - [`user`], [`owner`], [`anyone`] and [`admin`] build what people do. Each of their commands is one
//!   [`transaction`]. [`wallet`] adds the instructions around it, [`effect`] shows what it would do, and [`signing`]
//!   has the keys.
//! - [`plan`] compares a configuration file with the chain, in steps with an action ([`step`]) each. [`apply`] does
//!   them.
//! - [`report`] lists the program's [`event`]s.
//! - [`program`] deploys the program with the [`loader`].

pub mod admin;
pub mod answer;
pub mod anyone;
pub mod apply;
pub mod args;
pub mod change;
pub mod command;
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
pub mod step;
pub mod transaction;
pub mod user;
pub mod wallet;

use answer::{Answer, CommandError};
use args::MarketArgs;
use ballast_client::Snapshot;
use clap::CommandFactory;
use clap_complete::Shell;
use command::{
    ChangeCommand, Command, ConfigCommand, FeesCommand, InsuranceCommand, MarketCommand, ObligationCommand,
    PriceCommand, ProgramCommand, Request, ReserveCommand, VoucherCommand,
};
use obligation::ObligationFilter;
use solana_rpc_client::rpc_client::RpcClient;

/// Does what the command says, through a node.
pub fn answer(command: &Command, node: &RpcClient) -> Result<Answer, CommandError> {
    match &command.request {
        Request::Market(command) => answer_market(command, node),
        Request::Reserve(command) => answer_reserve(command, node),
        Request::Obligation(command) => answer_obligation(command, node),
        Request::Price(PriceCommand::Show { market, reserve }) => {
            Answer::new(price::show(&read(market, node)?, reserve.as_ref())?)
        }
        Request::Change(command) => answer_change(command, node),
        Request::Config(ConfigCommand::Plan { file }) => plan::answer(node, file),
        Request::Config(ConfigCommand::Init(args)) => apply::init(node, args),
        Request::Config(ConfigCommand::Apply(args)) => apply::apply(node, args),
        Request::Deposit(args) => Answer::new(user::deposit(node, args)?),
        Request::Withdraw(args) => Answer::new(user::withdraw(node, args)?),
        Request::Borrow(args) => Answer::new(user::borrow(node, args)?),
        Request::Repay(args) => Answer::new(user::repay(node, args)?),
        Request::Voucher(VoucherCommand::Mint(args)) => Answer::new(user::voucher_mint(node, args)?),
        Request::Voucher(VoucherCommand::Burn(args)) => Answer::new(user::voucher_burn(node, args)?),
        Request::Liquidate(args) => Answer::new(anyone::liquidate(node, args)?),
        Request::Flag(args) => Answer::new(anyone::flag(node, args)?),
        Request::Refresh(args) => Answer::new(anyone::refresh(node, args)?),
        Request::Insurance(InsuranceCommand::Fund(args)) => Answer::new(anyone::insurance_fund(node, args)?),
        Request::Fees(FeesCommand::Collect(args)) => Answer::new(anyone::fees_collect(node, args)?),
        Request::Pause(args) => Answer::new(admin::pause(node, args)?),
        Request::Program(ProgramCommand::Show) => program::show(node),
        Request::Program(ProgramCommand::Deploy(args)) => program::deploy(node, args),
        Request::Report(args) => report::answer(node, args),
        Request::Completions { shell } => Ok(completions(*shell)),
    }
}

fn answer_market(command: &MarketCommand, node: &RpcClient) -> Result<Answer, CommandError> {
    match command {
        MarketCommand::Show(market) => Answer::new(market::show(&read(market, node)?)),
        MarketCommand::HandOver { to, admin } => Answer::new(admin::hand_over(node, to, admin)?),
        MarketCommand::Accept(admin) => Answer::new(admin::accept(node, admin)?),
    }
}

fn answer_reserve(command: &ReserveCommand, node: &RpcClient) -> Result<Answer, CommandError> {
    match command {
        ReserveCommand::List(market) => Answer::new(reserve::list(&read(market, node)?)),
        ReserveCommand::Show { market, reserve } => Answer::new(reserve::show(&read(market, node)?, reserve)?),
        ReserveCommand::Tighten(args) => Answer::new(admin::tighten(node, args)?),
    }
}

fn answer_obligation(command: &ObligationCommand, node: &RpcClient) -> Result<Answer, CommandError> {
    match command {
        ObligationCommand::List { market, unhealthy } => {
            let market = read(market, node)?;
            let filter = if *unhealthy { ObligationFilter::Unhealthy } else { ObligationFilter::All };
            Answer::new(obligation::list(&market, &market.obligations(node)?, filter))
        }
        ObligationCommand::Show(args) => {
            let market = read(&args.market, node)?;
            let obligation = market.obligation(node, &args.address()?)?;
            Answer::new(obligation::show(&market, &obligation))
        }
        ObligationCommand::Open(args) => Answer::new(owner::open(node, args)?),
        ObligationCommand::Close(args) => Answer::new(owner::close(node, args)?),
        ObligationCommand::Settings(args) => Answer::new(owner::settings(node, args)?),
    }
}

fn answer_change(command: &ChangeCommand, node: &RpcClient) -> Result<Answer, CommandError> {
    match command {
        ChangeCommand::List(market) => {
            let market = read(market, node)?;
            Answer::new(change::list(&market, &market.changes(node)?))
        }
        ChangeCommand::Execute { change, admin } => Answer::new(admin::execute(node, change, admin)?),
        ChangeCommand::Cancel { change, admin } => Answer::new(admin::cancel(node, change, admin)?),
    }
}

fn read(market: &MarketArgs, node: &RpcClient) -> Result<Snapshot, CommandError> {
    Ok(Snapshot::read(node, &market.address)?)
}

/// Returns a script that completes commands in a shell.
fn completions(shell: Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Command::command(), "ballast", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    Answer { json: text.as_str().into(), text, status: Answer::DONE }
}
