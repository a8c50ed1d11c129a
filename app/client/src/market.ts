import {
    type Account,
    type Address,
    type EncodedAccount,
    type GetMultipleAccountsApi,
    type GetProgramAccountsApi,
    type MaybeEncodedAccount,
    type Rpc,
    assertAccountExists,
    fetchEncodedAccounts,
    getI64Decoder,
    getStructDecoder,
    getU64Decoder,
    getUtf8Decoder,
} from '@solana/kit';
import { type Mint, decodeMint } from '@solana-program/token';
import { type Config, RESERVE_DISCRIMINATOR, type Reserve, decodeConfig, decodeReserve } from './generated';
import { type Price, decodePrice } from './price';
import { programAccounts } from './programAccounts';

/** A listed asset. */
export interface Asset {
    /** The reserve's account. */
    readonly reserve: Account<Reserve>;
    readonly mint: Mint;
    /**
     * Undefined if the price account is missing or unusable. Obligations with a position in the asset then have no
     * health.
     */
    readonly price: Price | undefined;
}

/** The name of an asset for people, as its listing stores it. Two reserves of a market can have the same. */
export const symbolOf = ({ reserve }: Asset): string =>
    getUtf8Decoder().decode(reserve.data.symbol.filter((byte) => byte !== 0));

/** A market at one moment. */
export interface Market {
    readonly config: Account<Config>;
    /** In the order of listing: `asset.reserve.data.pool.listingNumber`. */
    readonly assets: readonly Asset[];
    /** The chain's clock: its slot, and the unix seconds up to which amounts include interest. */
    readonly slot: bigint;
    readonly now: bigint;
}

const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;
/** Where a reserve names its config: after discriminator, version, bump and six bytes of flags. */
const RESERVE_CONFIG_OFFSET = 16n;
/** How many accounts an RPC node returns at once. */
const MAX_ACCOUNTS = 100;

/**
 * Loads a market: first its reserves, then its config, clock, prices and mints, up to 100 accounts of one slot at a
 * time.
 */
export async function loadMarket(
    rpc: Rpc<GetMultipleAccountsApi & GetProgramAccountsApi>,
    config: Address,
): Promise<Market> {
    const reserves = await loadReserves(rpc, config);
    const of = (pick: (reserve: Reserve) => Address) => reserves.map(({ data }) => pick(data));
    const addresses = [config, CLOCK, ...of((reserve) => reserve.source.account), ...of((reserve) => reserve.mint)];
    const accounts: MaybeEncodedAccount[] = [];
    for (let start = 0; start < addresses.length; start += MAX_ACCOUNTS)
        accounts.push(...(await fetchEncodedAccounts(rpc, addresses.slice(start, start + MAX_ACCOUNTS))));
    const at = (index: number): MaybeEncodedAccount => accounts[index] ?? { address: config, exists: false };
    const assets = reserves.map((reserve, index): Asset => {
        const [price, mint] = [at(2 + index), at(2 + reserves.length + index)];
        assertAccountExists(mint);
        return { reserve, mint: mintOf(mint), price: price.exists ? priceIn(price, reserve.data) : undefined };
    });
    const [market, clock] = [at(0), at(1)];
    if (!market.exists) throw new Error(`There is no market ${config} on this chain.`);
    assertAccountExists(clock);
    return { config: decodeConfig(market), assets, ...decodeClock(clock) };
}

/**
 * Returns the market with the new state of an account: a reserve, a price, the config or the clock. Ignores other
 * accounts.
 */
export function withAccount(market: Market, account: EncodedAccount): Market {
    if (account.address === market.config.address) return { ...market, config: decodeConfig(account) };
    if (account.address === CLOCK) return { ...market, ...decodeClock(account) };
    const assets = market.assets.map((asset): Asset => {
        if (account.address === asset.reserve.address) return { ...asset, reserve: decodeReserve(account) };
        const { source } = asset.reserve.data;
        return account.address === source.account ? { ...asset, price: priceIn(account, asset.reserve.data) } : asset;
    });
    return { ...market, assets };
}

/** Every account whose change changes a market's numbers. */
export function marketAccounts(market: Market): Address[] {
    const assets = market.assets.flatMap(({ reserve }) => [reserve.address, reserve.data.source.account]);
    return [market.config.address, CLOCK, ...new Set(assets)];
}

/** Returns the asset with this reserve or mint; throws if the market does not list it. */
export function assetOf(market: Market, reserveOrMint: Address): Asset {
    const asset = market.assets.find(
        ({ reserve }) => reserve.address === reserveOrMint || reserve.data.mint === reserveOrMint,
    );
    if (!asset) throw new Error(`${reserveOrMint} is neither a reserve nor a mint of this market.`);
    return asset;
}

async function loadReserves(rpc: Rpc<GetProgramAccountsApi>, config: Address): Promise<Account<Reserve>[]> {
    const found = await programAccounts(rpc, RESERVE_DISCRIMINATOR, [RESERVE_CONFIG_OFFSET, config]);
    const reserves = found.map((account) => decodeReserve(account));
    return reserves.toSorted((a, b) => a.data.pool.listingNumber - b.data.pool.listingNumber);
}

const priceIn = ({ data, programAddress }: EncodedAccount, reserve: Reserve) =>
    decodePrice(data, programAddress, reserve.source);

/** A Token-2022 mint begins like an SPL Token mint; its extensions follow. */
const mintOf = (account: EncodedAccount) => decodeMint({ ...account, data: account.data.slice(0, 82) }).data;

function decodeClock({ data }: EncodedAccount): Pick<Market, 'slot' | 'now'> {
    const { slot, unixTimestamp } = getStructDecoder([
        ['slot', getU64Decoder()],
        ['epochStartTimestamp', getI64Decoder()],
        ['epoch', getU64Decoder()],
        ['leaderScheduleEpoch', getU64Decoder()],
        ['unixTimestamp', getI64Decoder()],
    ]).decode(data);
    return { slot, now: unixTimestamp };
}
