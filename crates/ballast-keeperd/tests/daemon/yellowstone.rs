//! A server that speaks Yellowstone's protocol, with the World behind it.

use crate::node::{Node, listener};
use serde_json::Value;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use yellowstone_grpc_proto::geyser::geyser_server::{Geyser, GeyserServer};
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::{
    GetBlockHeightRequest, GetBlockHeightResponse, GetLatestBlockhashRequest, GetLatestBlockhashResponse,
    GetSlotRequest, GetSlotResponse, GetVersionRequest, GetVersionResponse, IsBlockhashValidRequest,
    IsBlockhashValidResponse, PingRequest, PongResponse, SlotStatus, SubscribeDeshredRequest, SubscribeGossipRequest,
    SubscribeReplayInfoRequest, SubscribeReplayInfoResponse, SubscribeRequest, SubscribeUpdate, SubscribeUpdateAccount,
    SubscribeUpdateAccountInfo, SubscribeUpdateDeshred, SubscribeUpdateGossip, SubscribeUpdatePing,
    SubscribeUpdateSlot,
};
use yellowstone_grpc_proto::tonic::codegen::tokio_stream::Stream;
use yellowstone_grpc_proto::tonic::{Request, Response, Status, Streaming, transport::Server};

/// The token that it wants.
pub const TOKEN: &str = "T0PSECRET";

struct Service {
    node: Node,
}

type Updates<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Serves beside a node, with the same chain. It ends its streams when the node breaks its websockets.
pub async fn serve(node: &Node) -> String {
    let free = listener().await.local_addr().expect("bound");
    let service = GeyserServer::new(Service { node: node.clone() });
    tokio::spawn(async move { Server::builder().add_service(service).serve(free).await.expect("a server") });
    format!("http://{free}")
}

#[yellowstone_grpc_proto::tonic::async_trait]
impl Geyser for Service {
    type SubscribeStream = Updates<SubscribeUpdate>;
    type SubscribeDeshredStream = Updates<SubscribeUpdateDeshred>;
    type SubscribeGossipStream = Updates<SubscribeUpdateGossip>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        if request.metadata().get("x-token").is_none_or(|token| token != TOKEN) {
            return Err(Status::unauthenticated("another token"));
        }
        let slots = self.node.with(|chain| chain.subscribe());
        let (sender, updates) = mpsc::unbounded_channel();
        let asked = Arc::new(Mutex::new(SubscribeRequest::default()));
        let mut requests = request.into_inner();
        let changed = asked.clone();
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                // A pong carries no filters, and changes none.
                if request.ping.is_none() {
                    *changed.lock().expect("no test panics with it") = request;
                }
            }
        });
        tokio::spawn(deliver(self.node.clone(), slots, asked, sender));
        let updates = futures_util::stream::unfold(updates, async |mut updates| {
            let update = updates.recv().await?;
            Some((Ok(update), updates))
        });
        Ok(Response::new(Box::pin(updates)))
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn get_slot(&self, _: Request<GetSlotRequest>) -> Result<Response<GetSlotResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
    async fn get_version(&self, _: Request<GetVersionRequest>) -> Result<Response<GetVersionResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}

/// With every slot: its status, a ping, and all accounts that are asked for.
async fn deliver(
    node: Node,
    mut slots: mpsc::UnboundedReceiver<Value>,
    asked: Arc<Mutex<SubscribeRequest>>,
    sender: mpsc::UnboundedSender<SubscribeUpdate>,
) {
    let mut writes = 0;
    while let Some(notification) = slots.recv().await {
        let number = |key: &str| notification[key].as_u64().expect("a number");
        let slot = number("slot");
        let status = |slot, parent, status: SlotStatus| {
            UpdateOneof::Slot(SubscribeUpdateSlot { slot, parent, status: status.into(), ..Default::default() })
        };
        let mut updates = vec![
            status(slot, Some(number("parent")), SlotStatus::SlotProcessed),
            status(number("root"), None, SlotStatus::SlotFinalized),
            UpdateOneof::Ping(SubscribeUpdatePing {}),
        ];
        let request = asked.lock().expect("no test panics with it").clone();
        let named: Vec<_> =
            request.accounts.get("watched").into_iter().flat_map(|filter| filter.account.clone()).collect();
        assert_eq!(request.accounts.len(), if request.accounts.is_empty() { 0 } else { 3 });
        let accounts = node.with(|chain| {
            let named = named.iter().map(|name| name.parse().expect("an address"));
            let named = named.map(|address| (address, chain.world.get(&address))).filter(|(_, one)| one.lamports > 0);
            chain.world.accounts().into_iter().chain(named.collect::<Vec<_>>()).collect::<Vec<_>>()
        });
        updates.extend(accounts.into_iter().map(|(address, account)| {
            writes += 1;
            let written = SubscribeUpdateAccountInfo {
                pubkey: address.to_bytes().to_vec(),
                lamports: account.lamports,
                owner: account.owner.to_bytes().to_vec(),
                data: account.data,
                write_version: writes,
                ..Default::default()
            };
            UpdateOneof::Account(SubscribeUpdateAccount { account: Some(written), slot, ..Default::default() })
        }));
        for update in updates {
            let update = SubscribeUpdate { update_oneof: Some(update), ..Default::default() };
            if sender.send(update).is_err() {
                return;
            }
        }
    }
}
