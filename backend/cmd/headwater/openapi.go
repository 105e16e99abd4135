package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/internal/adminapi"
)

// openapiCommand prints the document from which the types of the page are made.
func (c *cli) openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI document of the administration", Args: cobra.NoArgs, Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			text, err := adminapi.OpenAPI()
			if err != nil {
				return err //nolint:wrapcheck // it says what it was doing
			}
			return c.write(text)
		},
	}
}
