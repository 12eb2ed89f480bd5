// The unmodified library golang.org/x/oauth2: client credentials, and the authorization code with PKCE.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const redirect = "https://field.example/cb"

var (
	issuer   = os.Getenv("ISSUER")
	scopes   = []string{"assets.read", "work_orders.write"}
	ctx      = context.Background()
	endpoint = oauth2.Endpoint{AuthURL: issuer + "/oauth/authorize", TokenURL: issuer + "/oauth/token"}
	styles   = []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams}
)

type credentials struct{ id, secret string }

// apiconn runs the program and returns its JSON output.
func apiconn(words ...string) (map[string]any, error) {
	out, err := exec.Command(os.Getenv("APICONN"), append(append([]string{"-q"}, words...), "-o", "json")...).Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w", words, err)
	}
	var made map[string]any
	return made, json.Unmarshal(out, &made)
}

func add(noun string, words ...string) (credentials, error) {
	made, err := apiconn(words...)
	if err != nil {
		return credentials{}, err
	}
	id, _ := made[noun].(map[string]any)["client_id"].(string)
	secret, _ := made["client_secret"].(string)
	return credentials{id, secret}, nil
}

func consumer(name string, words ...string) (credentials, error) {
	all := []string{"consumer", "add", name, "--scope", scopes[0], "--scope", scopes[1]}
	return add("consumer", append(all, words...)...)
}

func webConsumer(name string, words ...string) (credentials, error) {
	return consumer(name, append([]string{"--grant", "authorization_code", "--redirect-uri", redirect}, words...)...)
}

// introspect asks as a key of a resource server.
func introspect(gateway credentials, token string) (map[string]any, error) {
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequest("POST", issuer+"/oauth/introspect", body)
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(gateway.id, gateway.secret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var found map[string]any
	return found, json.NewDecoder(answer.Body).Decode(&found)
}

// person is a simulated user who signs in and submits the consent page.
type person struct{ browser http.Client }

func newPerson() *person {
	// New fails only for a faulty list of public suffixes, and none is given.
	jar, _ := cookiejar.New(nil)
	stop := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{http.Client{Jar: jar, CheckRedirect: stop}}
}

var (
	form  = regexp.MustCompile(`(?s)<form [^>]*action="([^"]*)".*?</form>`)
	input = regexp.MustCompile(`<input ([^>]*)>`)
	pair  = regexp.MustCompile(`([\w-]+)="([^"]*)"`)
)

// fields returns the address of a page's form and its hidden and ticked inputs.
func fields(page string) (string, url.Values, error) {
	for _, found := range form.FindAllStringSubmatch(page, -1) {
		values := url.Values{}
		for _, one := range input.FindAllStringSubmatch(found[0], -1) {
			named := map[string]string{}
			for _, attribute := range pair.FindAllStringSubmatch(one[1], -1) {
				named[attribute[1]] = html.UnescapeString(attribute[2])
			}
			if named["type"] == "hidden" || named["type"] == "checkbox" {
				values.Add(named["name"], named["value"])
			}
		}
		if len(values) > 0 {
			return issuer + found[1], values, nil
		}
	}
	return "", nil, fmt.Errorf("the page has no form: %s", page)
}

// authorize opens an authorization URL, signs in if necessary, submits the consent, and returns the redirect URL.
func (p *person) authorize(address, decision string) (*url.URL, error) {
	answer, err := p.browser.Get(address)
	for range 6 {
		if err != nil {
			return nil, err
		}
		text, err2 := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err2 != nil {
			return nil, err2
		}
		if answer.StatusCode == 303 {
			to, err2 := answer.Location()
			if err2 != nil {
				return nil, err2
			}
			if strings.HasPrefix(to.String(), redirect+"?") {
				return to, nil
			}
			answer, err = p.browser.Get(to.String())
			continue
		}
		action, values, err2 := fields(string(text))
		if err2 != nil {
			return nil, err2
		}
		if strings.HasSuffix(action, "/login") {
			values.Set("username", os.Getenv("USERNAME"))
			values.Set("password", os.Getenv("PASSWORD"))
		} else {
			values.Set("decision", decision)
		}
		answer, err = p.browser.PostForm(action, values)
	}
	return nil, errors.New("too many steps")
}

// tokens gets tokens by an authorization code.
func (p *person) tokens(config *oauth2.Config, decision string) (*oauth2.Token, error) {
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	callback, err := p.authorize(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), decision)
	if err != nil {
		return nil, err
	}
	query := callback.Query()
	if query.Get("state") != state || query.Get("iss") != issuer {
		return nil, fmt.Errorf("wrong state or iss: %v", callback)
	}
	if query.Has("error") {
		return nil, errors.New(query.Get("error"))
	}
	return config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(verifier))
}

func want(found, expected any) error {
	if found != expected {
		return fmt.Errorf("found %v, expected %v", found, expected)
	}
	return nil
}

func main() {
	gateway, err := add("key", "key", "create", "go-gateway", "--scope", "apiconn:introspect")
	if err != nil {
		fmt.Println("not ok - golang.org/x/oauth2", err)
		os.Exit(1)
	}
	user := newPerson()
	failed := false
	check := func(name string, run func() error) {
		word := "ok"
		if err := run(); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			word, failed = "not ok", true
		}
		fmt.Println(word, "- golang.org/x/oauth2", name)
	}
	check("client credentials with each authentication style", func() error {
		bot, err := consumer("go-bot", "--grant", "client_credentials")
		if err != nil {
			return err
		}
		for _, style := range styles {
			config := clientcredentials.Config{
				ClientID: bot.id, ClientSecret: bot.secret, TokenURL: endpoint.TokenURL,
				Scopes: []string{"assets.read"}, AuthStyle: style,
			}
			token, err := config.Token(ctx)
			if err != nil {
				return err
			}
			found, err := introspect(gateway, token.AccessToken)
			if err := errors.Join(err, want(found["client_id"], bot.id), want(found["scope"], "assets.read")); err != nil {
				return err
			}
		}
		return nil
	})
	check("authorization code, and a refresh when the token has expired", func() error {
		for style, public := range []bool{true, false, false} {
			words := []string{}
			if public {
				words = append(words, "--public")
			}
			web, err := webConsumer(fmt.Sprintf("go-web-%d", style), words...)
			if err != nil {
				return err
			}
			config := &oauth2.Config{
				ClientID: web.id, ClientSecret: web.secret, RedirectURL: redirect, Scopes: scopes,
				Endpoint: oauth2.Endpoint{AuthURL: endpoint.AuthURL, TokenURL: endpoint.TokenURL, AuthStyle: styles[style]},
			}
			first, err := user.tokens(config, "allow")
			if err != nil {
				return err
			}
			if err := want(first.Extra("scope"), strings.Join(scopes, " ")); err != nil {
				return err
			}
			expired := *first
			expired.Expiry = time.Unix(1, 0)
			second, err := config.TokenSource(ctx, &expired).Token()
			if err != nil {
				return err
			}
			if second.RefreshToken == first.RefreshToken || second.AccessToken == first.AccessToken {
				return errors.New("the refresh changed nothing")
			}
			found, err := introspect(gateway, second.AccessToken)
			if err := errors.Join(err, want(found["username"], os.Getenv("USERNAME"))); err != nil {
				return err
			}
		}
		return nil
	})
	check("a denied consent is an error", func() error {
		web, err := webConsumer("go-denied")
		if err != nil {
			return err
		}
		config := &oauth2.Config{ClientID: web.id, ClientSecret: web.secret, RedirectURL: redirect, Scopes: scopes, Endpoint: endpoint}
		_, err = user.tokens(config, "deny")
		if err == nil {
			return errors.New("it is not")
		}
		return want(err.Error(), "access_denied")
	})
	check("an error response has its code", func() error {
		config := clientcredentials.Config{ClientID: gateway.id, ClientSecret: "wrong", TokenURL: endpoint.TokenURL}
		_, err := config.Token(ctx)
		var refused *oauth2.RetrieveError
		if !errors.As(err, &refused) {
			return fmt.Errorf("another error: %v", err)
		}
		return errors.Join(want(refused.Response.StatusCode, 401), want(refused.ErrorCode, "invalid_client"))
	})
	if failed {
		os.Exit(1)
	}
}
