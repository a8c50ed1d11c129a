//! A Yellowstone stream: every write of the market's accounts with its order in the slot, and the dead slots.

use super::forks::Forks;
use super::stream::{SILENCE, Subscribe, Subscription};
use crate::config::Commitment;
use crate::endpoint::{Endpoint, Secret};
use anchor_lang::prelude::Address;
use async_trait::async_trait;
use ballast::state::{Obligation, Reserve};
use ballast_client::chain::Filter;
use ballast_keeper::event::{Fate, KeeperEvent, ObservedAccount};
use futures_util::StreamExt;
use std::collections::HashMap;
use std::mem::offset_of;
use tokio::time::timeout;
use yellowstone_grpc_client::{GeyserGrpcClient, GeyserStream, SubscribeRequestSink};
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter::Filter as Condition;
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter_memcmp::Data;
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::{
    CommitmentLevel, SlotStatus, SubscribeRequest, SubscribeRequestFilterAccounts,
    SubscribeRequestFilterAccountsFilter, SubscribeRequestFilterAccountsFilterMemcmp, SubscribeRequestFilterSlots,
    SubscribeRequestPing, SubscribeUpdateAccount, SubscribeUpdateSlot,
};
use yellowstone_grpc_proto::tonic::transport::ClientTlsConfig;

/// A reserve has a kilobyte, and the load does not come this way.
const MOST_BYTES: usize = 16 << 20;

pub struct Yellowstone {
    pub endpoint: Endpoint,
    pub token: Option<Secret>,
    pub market: Address,
    pub commitment: Commitment,
}

pub struct Stream {
    market: Address,
    commitment: Commitment,
    requests: SubscribeRequestSink,
    updates: GeyserStream,
    forks: Forks,
}

#[async_trait]
impl Subscribe for Yellowstone {
    type Subscription = Stream;

    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    async fn subscribe(&self, watched: &[Address]) -> Result<Stream, String> {
        // The library's errors may contain the URL with a provider's key.
        let unreachable = |_| "no connection".to_owned();
        let builder = GeyserGrpcClient::build_from_shared(self.endpoint.expose().to_string()).map_err(unreachable)?;
        let builder = builder.x_token(self.token.as_ref().map(Secret::expose)).map_err(unreachable)?;
        let builder = builder.connect_timeout(SILENCE).max_decoding_message_size(MOST_BYTES);
        let is_encrypted = self.endpoint.expose().scheme() == "https";
        let tls = ClientTlsConfig::new().with_native_roots();
        let builder = if is_encrypted { builder.tls_config(tls).map_err(unreachable)? } else { builder };
        let mut client = builder.connect().await.map_err(unreachable)?;
        let request = request(&self.market, self.commitment, watched);
        let subscribed = client.subscribe_with_request(Some(request)).await;
        let (requests, updates) = subscribed.map_err(|_| "the server refuses the subscription".to_owned())?;
        let (market, commitment) = (self.market, self.commitment);
        Ok(Stream { market, commitment, requests, updates, forks: Forks::default() })
    }
}

#[async_trait]
impl Subscription for Stream {
    async fn next(&mut self) -> Result<Vec<KeeperEvent>, String> {
        let update = match timeout(SILENCE, self.updates.next()).await {
            Err(_) => return Err(format!("silent for {} s", SILENCE.as_secs())),
            Ok(None) => return Err("closed".to_owned()),
            Ok(Some(Err(status))) => return Err(format!("{:?}: {}", status.code(), status.message())),
            Ok(Some(Ok(update))) => update,
        };
        match update.update_oneof {
            Some(UpdateOneof::Account(update)) => Ok(account(update).map(KeeperEvent::Account).into_iter().collect()),
            Some(UpdateOneof::Slot(update)) => Ok(self.slot(&update)),
            Some(UpdateOneof::Ping(_)) => {
                // Load balancers cut a stream whose client is silent.
                let pong = SubscribeRequest { ping: Some(SubscribeRequestPing { id: 1 }), ..Default::default() };
                self.send(pong).await.map(|()| Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The stream does not confirm a change of filters. The source reads the watched accounts afterwards, and again
    /// with every sweep.
    async fn watch(&mut self, watched: &[Address]) -> Result<Vec<KeeperEvent>, String> {
        self.send(request(&self.market, self.commitment, watched)).await.map(|()| Vec::new())
    }
}

impl Stream {
    async fn send(&mut self, request: SubscribeRequest) -> Result<(), String> {
        futures_util::SinkExt::send(&mut self.requests, request).await.map_err(|error| error.to_string())
    }

    fn slot(&mut self, update: &SubscribeUpdateSlot) -> Vec<KeeperEvent> {
        match update.status() {
            SlotStatus::SlotProcessed => match update.parent {
                Some(parent) => self.forks.slot(update.slot, parent, 0),
                None => vec![KeeperEvent::Slot(update.slot, Fate::Processed)],
            },
            SlotStatus::SlotFinalized => self.forks.root(update.slot),
            SlotStatus::SlotDead => vec![KeeperEvent::Slot(update.slot, Fate::Dead)],
            _ => Vec::new(),
        }
    }
}

fn request(market: &Address, commitment: Commitment, watched: &[Address]) -> SubscribeRequest {
    let config = *market;
    let reserves = Filter::new::<Reserve>(offset_of!(Reserve, config), config);
    let obligations = Filter::new::<Obligation>(offset_of!(Obligation, config), config);
    let named = [market].into_iter().chain(watched).map(|address| address.to_string()).collect();
    let watched = SubscribeRequestFilterAccounts { account: named, ..Default::default() };
    let accounts =
        [("reserves", of_program(&reserves)), ("obligations", of_program(&obligations)), ("watched", watched)];
    let slots = SubscribeRequestFilterSlots { filter_by_commitment: Some(false), interslot_updates: Some(false) };
    let commitment = match commitment {
        Commitment::Processed => CommitmentLevel::Processed,
        Commitment::Confirmed => CommitmentLevel::Confirmed,
    };
    SubscribeRequest {
        accounts: accounts.map(|(name, filter)| (name.to_owned(), filter)).into(),
        slots: HashMap::from([("slots".to_owned(), slots)]),
        commitment: Some(commitment.into()),
        ..Default::default()
    }
}

fn of_program(filter: &Filter) -> SubscribeRequestFilterAccounts {
    let compared = |offset: usize, bytes: &[u8]| {
        let data = Some(Data::Bytes(bytes.to_vec()));
        Condition::Memcmp(SubscribeRequestFilterAccountsFilterMemcmp { offset: offset as u64, data })
    };
    let conditions = [
        Condition::Datasize(filter.data_size),
        compared(0, filter.discriminator),
        compared(filter.offset, filter.address.as_ref()),
    ];
    let filters = conditions.map(|condition| SubscribeRequestFilterAccountsFilter { filter: Some(condition) });
    SubscribeRequestFilterAccounts {
        owner: vec![ballast::ID.to_string()],
        filters: filters.into(),
        ..Default::default()
    }
}

/// Returns `None` if the update has no account.
fn account(update: SubscribeUpdateAccount) -> Option<ObservedAccount> {
    let written = update.account?;
    let (address, owner) = (written.pubkey.try_into().ok()?, written.owner.try_into().ok()?);
    let data = if written.lamports == 0 { Vec::new() } else { written.data };
    Some(ObservedAccount { address, slot: update.slot, write_version: written.write_version, owner, data })
}
