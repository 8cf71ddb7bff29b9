// Gives the WebSocket of browsers to versions of Node.js that lack it: `node --require ./websocket.cjs`. The
// library comes with socket.io-client.
globalThis.WebSocket ??= require("ws");
