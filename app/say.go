package main

import "strings"

// say is a standing in words.
func (w *window) say(s standing) string { return words[w.language][string(s.shape)] }

// text is a word of the tray's menu.
func (w *window) text(key string) string { return words[w.language][key] }

// words are what the tray and the notifications say; the page has its own.
var words = map[string]map[string]string{
	"en": {
		string(shapeServing): "Serving normally", string(shapeDegraded): "Serving, with less in reserve",
		string(shapeDown): "Callers cannot be served", string(shapeAway): "No contact with the service",
		"open": "Open Headwater", "copy": "Copy the endpoint", "quit": "Quit (the service goes on)",
	},
	"zh": {
		string(shapeServing): "服务正常", string(shapeDegraded): "仍在服务，但余量减少",
		string(shapeDown): "调用方无法得到服务", string(shapeAway): "与服务失去联系",
		"open": "打开 Headwater", "copy": "复制接入地址", "quit": "退出（服务继续运行）",
	},
}

// languageOf reads the system's language as POSIX says it (LC_ALL, LC_MESSAGES, LANG).
func languageOf(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			if strings.HasPrefix(strings.ToLower(value), "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}
