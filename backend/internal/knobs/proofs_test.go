package knobs_test

import (
	"slices"

	"headwater/backend/hw"
)

// of makes the settings of a field with a closed list of values.
func of(path string, values ...string) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = path + "=" + value
	}
	return list
}

// proofs says which test proves which settings.
func proofs() []proof {
	return slices.Concat(upstreamProofs(), routeProofs(), takeProofs(), modelProofs(), limitProofs(), drillProofs())
}

func upstreamProofs() []proof {
	return []proof{
		{[]string{"upstream.health.trip_failures"}, common, tripFailures},
		{[]string{"upstream.health.trip_percent"}, common, tripPercent},
		{[]string{"upstream.health.trip_samples"}, common, tripSamples},
		{[]string{"upstream.health.wait_first_ms"}, common, waitFirst},
		{[]string{"upstream.health.wait_most_ms"}, common, waitMost},
		{[]string{"upstream.health.ramp_ms"}, common, ramp},
		{[]string{"upstream.health.suspect_after_ms"}, common, suspectAfter},
		{[]string{"upstream.health.hint_most_ms"}, common, hintMost},
		{[]string{"upstream.health.quota_first_ms", "upstream.health.quota_most_ms"}, common, quotaRest},
		{[]string{"upstream.health.auth_first_ms", "upstream.health.auth_most_ms"}, common, authRest},
		{of("upstream.health.probe", hw.ProbeCall, hw.ProbeCopy, hw.ProbePaid), common, probeKind},
		{of("upstream.check.kind", hw.CheckModels, hw.CheckConnect, hw.CheckHTTP, hw.CheckOff), common, checkKind},
		{[]string{"upstream.check.path"}, common, checkPath},
		{[]string{"upstream.check.status"}, common, checkStatus},
		{[]string{"upstream.check.contains"}, common, checkContains},
		{[]string{"upstream.check.slow_ms"}, common, checkSlow},
		{[]string{"upstream.check.timeout_ms"}, common, checkTimeout},
		{[]string{"upstream.check.fall"}, common, checkFall},
		{[]string{"upstream.check.rise"}, common, checkRise},
		{[]string{"upstream.check.interval_ms"}, common, checkInterval},
		{[]string{"upstream.timeouts.connect_ms"}, common, connectTimeout},
		{[]string{"upstream.timeouts.tls_ms"}, common, tlsTimeout},
		{[]string{"upstream.timeouts.first_byte_ms"}, common, firstByteTimeout},
		{[]string{"upstream.timeouts.idle_ms"}, common, idleTimeout},
		{[]string{"upstream.provider"}, common, provider},
		{[]string{"upstream.base_url"}, common, baseURL},
		{[]string{"upstream.local"}, common, local},
		{[]string{"upstream.ca_certificates"}, common, certificates},
		{[]string{"upstream.max_in_flight"}, common, maxInFlight},
		{of("upstream.state", hw.StateEnabled, hw.StateDraining, hw.StateMaintenance, hw.StateDisabled), common, upstreamState},
		{[]string{"upstream.maintenance_until"}, common, maintenanceUntil},
		{[]string{"credential.weight"}, common, credentialWeight},
		{[]string{"credential.requests_per_minute", "credential.tokens_per_minute"}, common, keyLimits},
		{[]string{"credential.expires_at"}, common, keyExpiry},
		{append(of("credential.state", hw.StateEnabled, hw.StateDisabled), "credential.upstream"), common, credentialState},
	}
}

func routeProofs() []proof {
	return []proof{
		{[]string{"route.tiers.targets.model"}, common, targetModel},
		{[]string{"route.tiers.targets.weight"}, common, targetWeight},
		{of("route.tiers.strategy", hw.StrategyWeighted, hw.StrategyPriority, hw.StrategyBalanced, hw.StrategyAffinity), common, strategy},
		{[]string{"route.tiers.kind=targets", "route.tiers.targets.upstream"}, common, tierTargets},
		{[]string{"route.tiers.kind=cache"}, common, tierCache},
		{[]string{"route.tiers.fresh_s"}, common, cacheFresh},
		{[]string{"route.tiers.stale_s"}, common, cacheStale},
		{[]string{"route.tiers.kind=hold", "route.tiers.wait_ms"}, common, tierHold},
		{[]string{"route.tiers.kind=deferred", "route.tiers.expire_s"}, common, tierDeferred},
		{[]string{"route.tiers.kind=scripted", "route.tiers.text"}, common, tierScripted},
		{[]string{"route.deadline_ms"}, common, deadline},
		{[]string{"route.stream_deadline_ms"}, common, streamDeadline},
		{of("route.state", hw.StateEnabled, hw.StateDisabled), common, routeState},
		{of("route.translation", hw.TranslationWarn, hw.TranslationStrict), common, translation},
		{[]string{"route.retry.tries_per_tier"}, common, triesPerTier},
		{[]string{
			"route.fallback.context_overflow.upstream", "route.fallback.context_overflow.model", "route.fallback.context_overflow.weight",
			"route.fallback.content_policy.upstream", "route.fallback.content_policy.model", "route.fallback.content_policy.weight",
		}, common, fallback},
	}
}

// takeProofs are those of which calls a tier takes, and what is changed in them.
func takeProofs() []proof {
	return []proof{
		{of("route.tiers.strategy", hw.StrategyLatency, hw.StrategyBusy), common, strategyByLoad},
		{of("route.tiers.strategy", hw.StrategyCost), common, strategyByCost},
		{append(of("route.tiers.strategy", hw.StrategySticky), "route.tiers.sticky_by"), common, sticky},
		{[]string{"route.tiers.when"}, common, condition},
		{[]string{"route.tiers.percent"}, common, canary},
		{figureSettings(), common, parameterFigures},
		{slices.Concat(effortSettings("set"), effortSettings("default")), common, parameterEffort},
	}
}

func modelProofs() []proof {
	return []proof{
		{[]string{"model.price.input", "model.price.output", "model.price.cache_read", "model.price.reasoning", "model.provider", "model.model"}, common, modelPrice},
		{[]string{"model.price.cache_write", "model.max_output"}, common, modelOfAnotherDialect},
	}
}

func limitProofs() []proof {
	return []proof{
		{[]string{"route.retry.budget_percent"}, limits, budget},
		{[]string{"route.retry.again_first_ms", "route.retry.again_most_ms"}, limits, pauseBeforeAgain},
		{[]string{"route.hedge"}, limits, hedge},
		{of("app.criticality", hw.CriticalPlus, hw.Critical, hw.SheddablePlus, hw.Sheddable), limits, criticality},
		{[]string{"upstream.check.interval_ms"}, limits, checkMany},
		{[]string{"setting.max_calls"}, limits, maxCalls},
		{[]string{"setting.queue_calls"}, limits, queueCalls},
		{[]string{"setting.queue_ms"}, limits, queueMs},
		{[]string{"setting.fetch_media"}, limits, fetchMedia},
	}
}

func drillProofs() []proof {
	ofUpstreams := make([]string, 0, len(signs()))
	for fault := range signs() {
		ofUpstreams = append(ofUpstreams, "drill.fault="+string(fault))
	}
	slices.Sort(ofUpstreams)
	return []proof{
		{ofUpstreams, faults, drillFaults},
		{of("drill.fault", string(hw.DrillDiskFull), string(hw.DrillDatabaseLocked)), faults, drillMachine},
		{[]string{"drill.percent"}, faults, drillPercent},
		{[]string{"drill.delay_ms"}, faults, drillDelay},
		{[]string{"drill.retry_after_s"}, faults, drillRetryAfter},
		{[]string{"drill.flap_s"}, faults, drillFlap},
		{[]string{"drill.upstreams"}, scopes, drillUpstreams},
		{[]string{"drill.all_cloud"}, scopes, drillAllCloud},
		{[]string{"drill.model"}, scopes, drillModel},
		{[]string{"drill.scope.keys", "key.drill"}, scopes, drillKey},
		{[]string{"drill.scope.apps"}, scopes, drillApps},
		{[]string{"drill.scope.route"}, scopes, drillRoute},
		{[]string{"drill.scope.tenant"}, scopes, drillTenant},
		{[]string{"drill.scope.call_percent"}, scopes, drillCallPercent},
		{[]string{"drill.duration_s"}, scopes, drillDuration},
		{[]string{"drill.objective.served_percent"}, scopes, servedPercent},
		{[]string{"drill.objective.added_p99_ms"}, scopes, addedWait},
	}
}
