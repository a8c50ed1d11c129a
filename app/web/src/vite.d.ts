/// <reference types="vite/client" />

interface ImportMetaEnv {
    /** The node to ask where the address bar names none. */
    readonly VITE_RPC?: string;
}
