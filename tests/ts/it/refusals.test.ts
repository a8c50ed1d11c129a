// Every refusal of the program reaches the caller with its name and sentence. The tests provoke each on the compiled
// program.
import { readFileSync, readdirSync } from 'node:fs';
import {
    ALL,
    type Price,
    WRAPPED_SOL,
    assess,
    assetOf,
    borrow,
    deposit,
    execute,
    flashLoan,
    liquidate,
    list,
    mintVouchers,
    propose,
    refusalIn,
    settings,
    tokenAccount,
    tokenOf,
    transactionError,
    withdraw,
} from '@ballast/client';
import {
    type MarketSettingsArgs,
    type ProposalArgs,
    type SettingsArgs,
    findChangePda,
    getChangeExecuteInstruction,
    getPauseInstruction,
    getReserveTightenInstruction,
} from '@ballast/client/generated';
import { type Address, type Instruction } from '@solana/kit';
import { SYSTEM_PROGRAM_ADDRESS } from '@solana-program/system';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { expect, test } from 'vitest';
import { patch } from '../src/arena';
import { calm, publish } from '../src/pyth';
import { refused } from '../src/refused';
import { DELAY_SECS, OPEN, marketSettings } from '../src/settings';
import { type Scene, World, type AssetSymbol, TOKEN_2022, User, newMint } from '../src/world';

const idl = JSON.parse(readFileSync(new URL('../../snapshots/ballast.idl.json', import.meta.url), 'utf8')) as {
    errors: { code: number; name: string; msg: string }[];
};

test('every error has the name and the sentence of the program', () => {
    const refusals = idl.errors.map(({ code }) =>
        refusalIn(transactionError({ InstructionError: [1, { Custom: code }] })),
    );
    const expected = idl.errors.map(({ code, name, msg }) => ({ code, reason: name, message: msg }));
    expect(refusals.map((refusal) => ({ ...refusal, message: refusal?.message }))).toMatchObject(expected);
});

/** A world with a lender and a borrower. */
interface Setup {
    readonly world: World;
    readonly lender: User;
    readonly borrower: User;
}

const loan = ({ borrower }: Setup, atoms = 1_000_000n, symbol: AssetSymbol = 'USDC') =>
    borrower.act(symbol, (scene) => borrow({ ...scene, atoms }));

/** Borrows with other accounts in the last instruction. */
const loanWith = (change: (accounts: Address[], scene: Scene, setup: Setup) => Address[]) => (setup: Setup) =>
    setup.borrower.act('USDC', async (scene) =>
        renamed(await borrow({ ...scene, atoms: 1_000_000n }), -1, (accounts) => change(accounts, scene, setup)),
    );

/** Returns the instructions with other accounts in one of them. */
function renamed(instructions: readonly Instruction[], nth: number, change: (accounts: Address[]) => Address[]) {
    const at = nth < 0 ? instructions.length + nth : nth;
    return instructions.map((instruction, index) => {
        const { accounts = [] } = instruction;
        if (index !== at) return instruction;
        const named = change(accounts.map((account) => account.address));
        return {
            ...instruction,
            accounts: named.map((address, i) => ({ ...accounts[i], address, role: accounts[i]?.role ?? 0 })),
        };
    });
}

const replacing = (old: Address | undefined, by: Address) => (accounts: Address[]) =>
    accounts.map((address) => (address === old ? by : address));

/** Borrows at a price of the asset that is not calm. */
const loanAt = (price: Partial<Price>) => async (setup: Setup) => {
    const { chain, mints } = setup.world;
    await publish(chain, setup.world.feed(mints.USDC), { ...calm(1, chain.now), ...price });
    return loan(setup);
};

/** Borrows with other bytes in the price account. */
const loanWithPriceBytes =
    (offset: number, ...bytes: number[]) =>
    async (setup: Setup) => {
        const { asset } = await setup.borrower.scene('USDC');
        patch(setup.world.chain, asset.reserve.data.source.account, offset, new Uint8Array(bytes));
        return loan(setup);
    };

/** Borrows with other bytes in the reserve. */
const loanWithReserveBytes = (offset: number, bytes: Uint8Array) => async (setup: Setup) => {
    const { asset } = await setup.borrower.scene('USDC');
    patch(setup.world.chain, asset.reserve.address, offset, bytes);
    return loan(setup);
};

async function tighten({ world }: Setup, symbol: AssetSymbol, limits: Partial<SettingsArgs['limits']>) {
    const { chain, guardian, config, mints } = world;
    const reserve = assetOf(await world.market(), mints[symbol]).reserve.address;
    const to = { ...OPEN.limits, ...limits };
    await chain.send(
        [getReserveTightenInstruction({ signer: guardian, config, reserve, ltvBps: 7_500, ...to })],
        guardian,
    );
}

/** Proposes settings for SOL. */
const proposing =
    (change: Partial<SettingsArgs>, rampSecs = 86_400) =>
    async ({ world }: Setup) => {
        const reserve = assetOf(await world.market(), world.mints.SOL).reserve.address;
        return proposed(world, { __kind: 'Settings', settings: { ...OPEN, ...change }, rampSecs }, 50n, reserve);
    };

const proposingMarket =
    (change: (market: MarketSettingsArgs) => Partial<MarketSettingsArgs>) =>
    ({ world }: Setup) => {
        const market = marketSettings(world.guardian.address, world.feeReceiver.address);
        return proposed(world, { __kind: 'Market', market: { ...market, ...change(market) } }, 50n);
    };

const proposed = async (
    { chain, authority, config }: World,
    proposal: ProposalArgs,
    number: bigint,
    reserve?: Address,
) => chain.send(await propose(authority, { config, reserve, number }, proposal), authority);

/** Proposes a feed for SOL with a price of `dollars`, and waits for the notice. */
async function newFeed({ world }: Setup, dollars: number) {
    const { chain, mints, authority } = world;
    const reserve = assetOf(await world.market(), mints.SOL).reserve.address;
    const proposal = { __kind: 'Feed', feed: world.feed(authority.address) } as const;
    await proposed(world, proposal, 60n, reserve);
    chain.advance(DELAY_SECS);
    await publish(chain, proposal.feed, calm(dollars, chain.now));
    return { change: { config: world.config, reserve, number: 60n }, proposal };
}

/** Seizes SOL for USDC. */
async function seize({ world, lender, borrower }: Setup, minSeizedAtoms = 0n, taker?: Address) {
    const market = await world.market();
    const [collateral, debt] = [assetOf(market, world.mints.SOL), assetOf(market, world.mints.USDC)];
    const acting = { market, obligation: await borrower.obligation(), signer: lender.signer, taker };
    return lender.send(await liquidate({ ...acting, collateral, debt, maxRepayAtoms: ALL, minSeizedAtoms }));
}

/** Publishes the highest SOL price at which the borrower can be called. The average price stays. */
async function dip({ world, borrower }: Setup) {
    const [sol] = assess(await borrower.scene('SOL')).positions;
    const { chain, mints } = world;
    await publish(chain, world.feed(mints.SOL), { ...calm(150, chain.now), spot: sol?.priceAt.call ?? 0n });
}

const PROVOKED: Record<string, (setup: Setup) => Promise<unknown>> = {
    WrongMarket: loanWith((accounts, { asset }, { world }) => {
        patch(world.chain, asset.reserve.address, 16, new Uint8Array(32));
        return accounts;
    }),
    WrongVault: loanWith((accounts, { asset }, { world }) =>
        replacing(asset.reserve.data.vault, world.guardian.address)(accounts),
    ),
    WrongRemainingAccounts: loanWith((accounts) => accounts.slice(0, -1)),
    UnknownVersion: loanWithReserveBytes(8, new Uint8Array([2])),
    WrongMint: loanWith((accounts, { asset }, { world }) =>
        replacing(asset.reserve.data.mint, world.mints.NEW)(accounts),
    ),
    WrongTokenProgram: loanWith((accounts) => replacing(TOKEN_PROGRAM_ADDRESS, TOKEN_2022)(accounts)),
    NotOwnersAccount: async ({ world, lender, borrower }) => {
        const rights = { delegate: lender.signer.address, delegateRights: 2n };
        await borrower.send(settings(borrower.signer, await borrower.obligation(), rights));
        const { asset } = await borrower.scene('USDC');
        const [owners, own] = await Promise.all(
            [borrower, lender].map(({ signer }) => tokenAccount(signer.address, tokenOf(asset))),
        );
        return new User(world, lender.signer, borrower.address).act('USDC', async (scene) =>
            renamed(await borrow({ ...scene, atoms: 1n }), -1, replacing(owners, own ?? scene.signer.address)),
        );
    },
    WrongVoucherMint: ({ world, borrower }) =>
        borrower.act('SOL', async (scene) => {
            const { voucherMint } = scene.asset.reserve.data;
            return renamed(await mintVouchers({ ...scene, shares: 1n }), -1, replacing(voucherMint, world.mints.NEW));
        }),
    WrongInstructionsSysvar: ({ lender }) =>
        lender.act('USDC', async ({ signer, asset }) =>
            renamed(await flashLoan(signer, asset, 1_000_000n, []), 1, (accounts) =>
                accounts.map((address) => (address.startsWith('Sysvar1nst') ? asset.reserve.data.mint : address)),
            ),
        ),
    OracleWrongAddress: loanWith((accounts, { asset, market }) =>
        replacing(
            asset.reserve.data.source.account,
            assetOf(market, WRAPPED_SOL).reserve.data.source.account,
        )(accounts),
    ),
    OracleWrongAccount: loanWithPriceBytes(0, 0),
    OracleNotFullyVerified: loanWithPriceBytes(40, 0),
    // Eight bytes, because a feed is as random as its mint: in one of 256 the first byte is already zero.
    OracleWrongFeed: loanWithPriceBytes(41, 0, 0, 0, 0, 0, 0, 0, 0),
    PriceFromFuture: async (setup) => loanAt({ publishTime: setup.world.chain.now + 61n })(setup),
    PriceReplayed: async (setup) => {
        await loan(setup);
        return loanAt({ publishTime: setup.world.chain.now - 1n })(setup);
    },
    PriceNotPositive: loanAt({ spot: 0n }),
    PriceExponent: loanAt({ exponent: 1 }),
    PriceUncertain: loanAt({ confidence: 2_000_000n }),
    PriceOffAverage: loanAt({ ema: 10_000_000n, emaConfidence: 0n }),
    PriceJumped: loanAt({ spot: 1_000_000_000n, ema: 1_000_000_000n }),
    PriceRequired: async (setup) => {
        const { change } = await newFeed(setup, 150);
        const { authority, chain, config } = setup.world;
        const [queued] = await findChangePda(change);
        const executing = { authority, config, change: queued, reserve: change.reserve };
        return chain.send([getChangeExecuteInstruction(executing)], authority);
    },
    FeedImplausible: async (setup) => {
        const { change, proposal } = await newFeed(setup, 1_000);
        const { authority, chain } = setup.world;
        return chain.send(await execute(authority, change, proposal), authority);
    },
    InsufficientCollateral: ({ lender }) =>
        lender.act('USDC', (scene) => withdraw({ ...scene, atoms: 600_000_000_000n })),
    PositionConflict: (setup) => loan(setup, 1_000_000_000n, 'SOL'),
    MathOverflow: (setup) => loan(setup, ALL - 1n),
    SupplyCapReached: async (setup) => {
        await tighten(setup, 'USDC', { supplyCapAtoms: 500_000_000_000n });
        return setup.lender.act('USDC', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    },
    BorrowCapReached: async (setup) => {
        await tighten(setup, 'USDC', { borrowCapAtoms: 701_000_000n });
        return loan(setup);
    },
    UtilizationTooHigh: async (setup) => {
        await tighten(setup, 'USDC', { maxUtilizationBps: 10 });
        return loan(setup);
    },
    DebtTooSmall: async (setup) => {
        const other = await setup.world.user(1_000_000_000n);
        await other.act('NEW', (scene) => deposit({ ...scene, atoms: ALL }));
        return other.act('USDC', (scene) => borrow({ ...scene, atoms: 1_000_000n }));
    },
    OutflowLimited: async ({ world, lender }) => {
        world.chain.advance(7_200n);
        return lender.act('USDC', (scene) => withdraw({ ...scene, atoms: 2_000_000_000n }));
    },
    DebtNotAllowed: async (setup) => {
        await tighten(setup, 'SOL', { allowedDebts: 0n });
        return loan(setup);
    },
    ActionPaused: async (setup) => {
        await pause(setup);
        return loan(setup);
    },
    FlashLoanOpen: ({ lender }) =>
        lender.act('USDC', async (scene) => {
            const between = await deposit({ ...scene, atoms: 1_000_000n });
            return flashLoan(scene.signer, scene.asset, 1_000_000n, between);
        }),
    PriceUnconfirmed: async (setup) => {
        const { chain, mints } = setup.world;
        await publish(chain, setup.world.feed(mints.USDC), calm(10, chain.now));
        return seize(setup);
    },
    PricesApart: async (setup) => {
        const { chain, mints } = setup.world;
        chain.advance(61n);
        await publish(chain, setup.world.feed(mints.SOL), calm(80, chain.now));
        return seize(setup);
    },
    CollateralTooSmall: ({ borrower }) => borrower.act('NEW', (scene) => deposit({ ...scene, atoms: 1_000n })),
    LossNotCertain: async (setup) => {
        await setup.world.publish({ SOL: 50 });
        return seize(setup);
    },
    TakerInDebt: async (setup) => {
        const { borrower: debtor } = await setup.world.lenderAndBorrower();
        await setup.world.publish({ SOL: 80 });
        return seize({ ...setup, lender: debtor }, 0n, debtor.address);
    },
    WrongTaker: async (setup) => {
        await setup.world.publish({ SOL: 80 });
        return seize(setup, 0n, assetOf(await setup.world.market(), setup.world.mints.NEW).reserve.address);
    },
    SeizureBelowMinimum: async (setup) => {
        await setup.world.publish({ SOL: 80 });
        return seize(setup, 1_000_000_000_000n);
    },
    CureWindowOpen: async (setup) => {
        const { chain, authority, config } = setup.world;
        await proposingMarket(patient)(setup);
        chain.advance(DELAY_SECS);
        const market = marketSettings(setup.world.guardian.address, setup.world.feeReceiver.address);
        const proposal: ProposalArgs = { __kind: 'Market', market: { ...market, ...patient(market) } };
        await chain.send(await execute(authority, { config, number: 50n }, proposal), authority);
        await setup.world.publish({});
        await dip(setup);
        return seize(setup);
    },
    WickGuarded: async (setup) => {
        await dip(setup);
        return seize(setup);
    },
    InvalidCurve: proposing({ curve: { ...OPEN.curve, len: 1n } }),
    InvalidPriceGuard: proposing({ guard: { ...OPEN.guard, maxConfidenceBps: 0 } }),
    InvalidLimits: proposing({ limits: { ...OPEN.limits, outflowWindowSecs: 0 } }),
    InvalidMarginModel: proposing({ margin: { ...OPEN.margin, fastSecs: 0 } }),
    InvalidRamp: proposing({}, 1),
    StepTooLarge: proposing({ risk: { ...OPEN.risk, liquidationThresholdBps: 8_900 } }),
    InvalidLiquidationTerms: proposingMarket(({ terms }) => ({ terms: { ...terms, baseBonusBps: 1_001 } })),
    NoFeeReceiver: proposingMarket(() => ({ feeReceiver: SYSTEM_PROGRAM_ADDRESS })),
    ChangeObsolete: async (setup) => {
        const { chain, authority, config } = setup.world;
        const market = marketSettings(setup.world.guardian.address, setup.world.feeReceiver.address);
        const proposal: ProposalArgs = { __kind: 'Market', market };
        for (const number of [70n, 71n]) await proposed(setup.world, proposal, number);
        chain.advance(DELAY_SECS);
        await chain.send(await execute(authority, { config, number: 70n }, proposal), authority);
        return chain.send(await execute(authority, { config, number: 71n }, proposal), authority);
    },
    PauseTooSoon: async (setup) => {
        await pause(setup);
        setup.world.chain.advance(601n);
        return pause(setup);
    },
    UnsupportedDecimals: async ({ world }) => {
        const { chain, authority, config } = world;
        const mint = await newMint(chain, authority, TOKEN_PROGRAM_ADDRESS);
        patch(chain, mint, 44, new Uint8Array([19]));
        const feed = world.feed(mint);
        await publish(chain, feed, calm(1, chain.now));
        const token = { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS };
        const { instructions } = await list({ authority, config, ...token, feed, acceptedPowers: 0n, symbol: 'TOKEN' });
        return chain.send(instructions, authority);
    },
};

const patient = ({ terms }: MarketSettingsArgs) => ({ terms: { ...terms, cureSlots: 100 } });

async function pause({ world }: Setup) {
    const { chain, guardian, config, mints } = world;
    const reserve = assetOf(await world.market(), mints.USDC).reserve.address;
    await chain.send([getPauseInstruction({ signer: guardian, config, reserve, actions: 15n, secs: 600 })], guardian);
}

/** Limits of the market, for refusals that an open market does not give. */
const LIMITS: Record<string, Partial<SettingsArgs['limits']>> = {
    DebtTooSmall: { minDebtAtoms: 10_000_000n },
    OutflowLimited: { outflowBps: 0, outflowFloorAtoms: 1_000_000_000n },
};

test.each(Object.keys(PROVOKED))('the program refuses with %s', async (name) => {
    const world = await World.create({ ...OPEN, limits: { ...OPEN.limits, ...LIMITS[name] } });
    const users = await world.lenderAndBorrower();
    expect(await refused(PROVOKED[name]?.({ world, ...users }) ?? Promise.resolve())).toBe(name);
});

test('a test here or in the file of its instruction provokes every refusal', () => {
    const folder = new URL('.', import.meta.url);
    const files = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const isProvoked = (name: string) => name in PROVOKED || files.some((text) => text.includes(`'${name}'`));
    expect(idl.errors.filter(({ name }) => !isProvoked(name))).toEqual([]);
});
