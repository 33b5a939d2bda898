// A launch that was refused has no session to go on with: the portal opens the application anew.

import { tell } from "./frame.js";

document.querySelector("[data-reload]").addEventListener("click", () => tell("reloadWindow", {}));
