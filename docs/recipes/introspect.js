// For nginx with njs: decides about a request by introspection. See nginx.conf.

export default { authorize };

// 204 lets the request pass, 401 and 403 refuse it. Any other status makes nginx answer 500.
async function authorize(r) {
    const credential = /^bearer +([\w]+)$/i.exec(r.headersIn.Authorization || "");
    // Access tokens and secrets of API keys. Never a refresh token or the secret of a consumer.
    if (!credential || !/^apc[as]_/.test(credential[1])) {
        r.return(401);
        return;
    }
    const reply = await r.subrequest("/_introspect", { method: "POST", body: "token=" + credential[1] });
    if (reply.status !== 200) {
        r.error("introspection answered " + reply.status);
        r.return(500);
        return;
    }
    const answer = JSON.parse(reply.responseText);
    if (!answer.active) {
        r.return(401);
        return;
    }
    if (answer.scope.split(" ").indexOf(r.variables.required_scope) < 0) {
        r.return(403);
        return;
    }
    r.headersOut["X-Client-Id"] = answer.client_id;
    r.headersOut["X-Subject"] = answer.sub;
    r.return(204);
}
