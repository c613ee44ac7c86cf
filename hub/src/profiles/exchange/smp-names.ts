// Labels by which a Tidemark profile says in an SMP document what SMP has no field for.

/** SMP has no WebSocket: PROTOCOL_HTTP, and this label says websocket. */
export const protocolLabel = "x-protocol";
/** Who generates: a selector, or agents by their ids. */
export const selectorLabel = "tidemark/selector";
export const agentsLabel = "tidemark/agents";
export const descriptionLabel = "tidemark/description";
