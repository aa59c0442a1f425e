/* WeChat's own payment sheet, which exists only in WeChat's browser. It opens once by itself, then by the button. */

const button = document.querySelector("[data-wechat-call]");
const said = document.querySelector("[data-pay-said]");
const call = JSON.parse(button.dataset.wechatCall);

function open() {
  window.WeixinJSBridge.invoke("getBrandWCPayRequest", call, (result) => {
    if (result.err_msg === "get_brand_wcpay_request:ok") location.replace(button.dataset.paid);
    else if (result.err_msg !== "get_brand_wcpay_request:cancel") said.textContent = button.dataset.failed;
  });
}

function isFirstTime() {
  try {
    const seen = sessionStorage.wechatCall === call.package;
    sessionStorage.wechatCall = call.package;
    return !seen;
  } catch (refused) {
    return false;
  }
}

function ready() {
  button.hidden = false;
  button.addEventListener("click", open);
  if (isFirstTime()) open();
}

if (window.WeixinJSBridge) ready();
else document.addEventListener("WeixinJSBridgeReady", ready, { once: true });
