// The viewer is a classic script: it leaves this name behind.
const { SwaggerUIBundle } = /** @type {any} */ (window);

// Its dark colors hang on this class.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  url: new URL("api/v1/openapi.json", document.baseURI).href,
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  // It asks another host whether the document is valid.
  validatorUrl: null,
});
