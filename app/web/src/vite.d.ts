/// <reference types="vite/client" />

interface ImportMetaEnv {
    /** The node to ask if the address bar names none. */
    readonly VITE_RPC?: string;
}
