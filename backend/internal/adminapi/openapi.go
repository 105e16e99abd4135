package adminapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"headwater/backend/hw"
)

//go:generate go test -run ^TestOpenAPI$ . -update

// OpenAPI returns the OpenAPI 3.1 document of the table, indented. The same
// table always gives the same bytes.
func OpenAPI() ([]byte, error) {
	api := newAPI(http.NewServeMux(), "1")
	register(api, new(Server).operations())
	// What only a socket carries has no operation to be documented with.
	for _, t := range []reflect.Type{
		reflect.TypeFor[hw.AuthInput](), reflect.TypeFor[hw.SubscribeInput](), reflect.TypeFor[hw.Subscribed](), reflect.TypeFor[hw.Push](),
		reflect.TypeFor[hw.Call](), reflect.TypeFor[hw.HealthChanged](), reflect.TypeFor[hw.ConfigChanged](),
		reflect.TypeFor[hw.ConsoleSend](), reflect.TypeFor[hw.ConsoleCancel](), reflect.TypeFor[hw.ConsoleEvent](),
		reflect.TypeFor[hw.TestFollow](), reflect.TypeFor[hw.TestEvent](),
	} {
		api.OpenAPI().Components.Schemas.Schema(t, true, "")
	}
	raw, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the OpenAPI document: %w", err)
	}
	return append(raw, '\n'), nil
}
