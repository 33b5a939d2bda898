/* An application that speaks to the portal by Bitrix24's own library; the tests drive it as `child`. */

B24Js.initializeB24Frame().then((frame) => {
  window.child = frame;
});
