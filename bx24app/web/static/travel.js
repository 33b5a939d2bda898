// The browser's Back and Forward, which lead through the pages that were shown inside the frame.

// The page that Back or Forward is fetching: showing it is no further step.
let fetching = "";

// Remember the page that stands in `main` from the start, and show others when somebody goes back.
export function setUp(main) {
  history.replaceState({ page: main.dataset.flows }, "");
  addEventListener("popstate", ({ state }) => {
    if (!state?.page) return;
    fetching = state.page;
    htmx.ajax("GET", state.page, { target: "#main" });
  });
}

// A page has come; `path` is where it came from, and none of it goes into the frame's address.
export function visited(main, verb, path) {
  const came = fetching === path;
  fetching = "";
  if (came || history.state?.page === path) return;
  if (verb === "get") history.pushState({ page: path }, "");
  // A form that was refused is the same page; one that was taken has made room for the list.
  else if (!main.querySelector("#form")) history.replaceState({ page: main.dataset.flows }, "");
}
