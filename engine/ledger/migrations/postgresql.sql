CREATE TABLE playcall_revision (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT playcall_revision_pkc PRIMARY KEY (version_num)
);
CREATE TABLE run (
	id TEXT NOT NULL,
	number INTEGER NOT NULL,
	as_of TIMESTAMP WITH TIME ZONE NOT NULL,
	day DATE NOT NULL,
	snapshot TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	summary TEXT NOT NULL,
	CONSTRAINT pk_run PRIMARY KEY (id),
	CONSTRAINT uq_run UNIQUE (number)
);
CREATE TABLE play (
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	first_run DATE NOT NULL,
	last_run DATE NOT NULL,
	fingerprint TEXT NOT NULL,
	CONSTRAINT pk_play PRIMARY KEY (playbook, play)
);
CREATE TABLE foreseen (
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	day DATE NOT NULL,
	count INTEGER NOT NULL,
	CONSTRAINT pk_foreseen PRIMARY KEY (playbook, play, day)
);
CREATE TABLE occurrence (
	id TEXT NOT NULL,
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	key TEXT NOT NULL,
	origin TEXT NOT NULL,
	cycle TEXT,
	target TEXT NOT NULL,
	anchor DATE,
	due DATE NOT NULL,
	deadline DATE,
	verdict TEXT NOT NULL,
	reason TEXT NOT NULL,
	detail TEXT NOT NULL,
	open BOOLEAN NOT NULL,
	fired_on DATE,
	decided_on DATE NOT NULL,
	held_since DATE,
	episode INTEGER,
	parent TEXT,
	run TEXT NOT NULL,
	CONSTRAINT pk_occurrence PRIMARY KEY (id),
	CONSTRAINT fk_occurrence_run FOREIGN KEY(run) REFERENCES run (id),
	CONSTRAINT uq_occurrence UNIQUE (playbook, play, record, key)
);
CREATE INDEX ix_occurrence_fired_on ON occurrence (fired_on) WHERE fired_on IS NOT NULL;
CREATE INDEX ix_occurrence_open ON occurrence (playbook, play) WHERE open;
CREATE TABLE decision (
	occurrence TEXT NOT NULL,
	run TEXT NOT NULL,
	verdict TEXT NOT NULL,
	reason TEXT NOT NULL,
	detail TEXT NOT NULL,
	CONSTRAINT pk_decision PRIMARY KEY (occurrence, run),
	CONSTRAINT fk_decision_occurrence FOREIGN KEY(occurrence) REFERENCES occurrence (id),
	CONSTRAINT fk_decision_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE TABLE episode (
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	record TEXT NOT NULL,
	number INTEGER NOT NULL,
	entity TEXT NOT NULL,
	cycle TEXT,
	seen_on DATE NOT NULL,
	opened_on DATE,
	fired_on DATE,
	closed_on DATE,
	closed_by TEXT NOT NULL,
	CONSTRAINT pk_episode PRIMARY KEY (playbook, play, record, number)
);
CREATE TABLE claim (
	id BIGSERIAL NOT NULL,
	worker TEXT NOT NULL,
	claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	lease_until TIMESTAMP WITH TIME ZONE NOT NULL,
	presence TEXT NOT NULL,
	epoch TEXT NOT NULL,
	sending TEXT,
	CONSTRAINT pk_claim PRIMARY KEY (id)
);
CREATE UNLOGGED TABLE epoch (
	id SERIAL NOT NULL,
	token TEXT NOT NULL,
	CONSTRAINT pk_epoch PRIMARY KEY (id)
);
CREATE TABLE touch (
	id TEXT NOT NULL,
	occurrence TEXT NOT NULL,
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	cycle TEXT,
	account TEXT,
	action INTEGER NOT NULL,
	type TEXT NOT NULL,
	channel TEXT NOT NULL,
	template TEXT NOT NULL,
	recipient TEXT NOT NULL,
	recipient_name TEXT,
	locale TEXT,
	cc TEXT NOT NULL,
	sender TEXT,
	context TEXT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	fired_on DATE NOT NULL,
	send_at TIMESTAMP WITH TIME ZONE NOT NULL,
	run TEXT NOT NULL,
	next_attempt TIMESTAMP WITH TIME ZONE,
	attempts INTEGER NOT NULL,
	first_attempt TIMESTAMP WITH TIME ZONE,
	claim BIGINT,
	sent_at TIMESTAMP WITH TIME ZONE,
	sent_on DATE,
	CONSTRAINT pk_touch PRIMARY KEY (id),
	CONSTRAINT fk_touch_claim FOREIGN KEY(claim) REFERENCES claim (id),
	CONSTRAINT fk_touch_occurrence FOREIGN KEY(occurrence) REFERENCES occurrence (id),
	CONSTRAINT fk_touch_run FOREIGN KEY(run) REFERENCES run (id),
	CONSTRAINT uq_touch UNIQUE (occurrence, action, recipient)
);
CREATE INDEX ix_touch_claim ON touch (claim) WHERE claim IS NOT NULL;
CREATE INDEX ix_touch_queue ON touch (next_attempt, id) WHERE next_attempt IS NOT NULL;
CREATE INDEX ix_touch_recipient ON touch (recipient);
CREATE INDEX ix_touch_record ON touch (record);
CREATE TABLE touch_member (
	occurrence TEXT NOT NULL,
	touch TEXT NOT NULL,
	CONSTRAINT pk_touch_member PRIMARY KEY (occurrence, touch),
	CONSTRAINT fk_touch_member_occurrence FOREIGN KEY(occurrence) REFERENCES occurrence (id),
	CONSTRAINT fk_touch_member_touch FOREIGN KEY(touch) REFERENCES touch (id)
);
CREATE TABLE message (
	touch TEXT NOT NULL,
	sender TEXT NOT NULL,
	recipients TEXT NOT NULL,
	headers TEXT NOT NULL,
	message_id TEXT NOT NULL,
	bytes BYTEA NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_message PRIMARY KEY (touch),
	CONSTRAINT fk_message_touch FOREIGN KEY(touch) REFERENCES touch (id)
);
CREATE TABLE task (
	id TEXT NOT NULL,
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	cycle TEXT,
	account TEXT,
	title TEXT NOT NULL,
	assignee TEXT NOT NULL,
	priority TEXT NOT NULL,
	rank DOUBLE PRECISION,
	due DATE,
	kind TEXT NOT NULL,
	checklist TEXT NOT NULL,
	action INTEGER NOT NULL,
	episode INTEGER,
	opened_on DATE NOT NULL,
	state TEXT NOT NULL,
	snoozed_until DATE,
	closed_on DATE,
	closed_by TEXT,
	outcome TEXT,
	note TEXT,
	CONSTRAINT pk_task PRIMARY KEY (id),
	CONSTRAINT fk_task_id FOREIGN KEY(id) REFERENCES touch (id)
);
CREATE INDEX ix_task_open ON task (assignee) WHERE closed_on IS NULL;
CREATE INDEX ix_task_record ON task (record);
CREATE TABLE pause (
	scope TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE NOT NULL,
	actor TEXT NOT NULL,
	CONSTRAINT pk_pause PRIMARY KEY (scope)
);
CREATE TABLE event (
	id BIGSERIAL NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	actor TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	data TEXT NOT NULL,
	CONSTRAINT pk_event PRIMARY KEY (id)
);
CREATE INDEX ix_event_subject ON event (subject);
ALTER TABLE touch ADD COLUMN address TEXT;
ALTER TABLE touch ADD COLUMN customer BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE touch ADD COLUMN topic TEXT DEFAULT '' NOT NULL;
ALTER TABLE touch ADD COLUMN topic_kind TEXT DEFAULT '' NOT NULL;
ALTER TABLE touch ADD COLUMN variant TEXT DEFAULT '' NOT NULL;
ALTER TABLE touch ADD COLUMN subject TEXT;
ALTER TABLE touch ADD COLUMN timezone TEXT;
ALTER TABLE touch ADD COLUMN country TEXT;
ALTER TABLE touch ADD COLUMN deadline DATE;
DROP INDEX ix_touch_recipient;
CREATE INDEX ix_touch_address ON touch (address);
CREATE INDEX ix_touch_account ON touch (account) WHERE customer;
CREATE INDEX ix_touch_sent_at ON touch (sent_at) WHERE sent_at is not null;
CREATE TABLE touch_copy (
	address TEXT NOT NULL,
	touch TEXT NOT NULL,
	CONSTRAINT pk_touch_copy PRIMARY KEY (address, touch),
	CONSTRAINT fk_touch_copy_touch FOREIGN KEY(touch) REFERENCES touch (id)
);
CREATE TABLE suppression (
	id BIGSERIAL NOT NULL,
	address TEXT NOT NULL,
	reason TEXT NOT NULL,
	scope TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE NOT NULL,
	until TIMESTAMP WITH TIME ZONE,
	actor TEXT NOT NULL,
	note TEXT NOT NULL,
	lifted_at TIMESTAMP WITH TIME ZONE,
	lifted_by TEXT,
	lifted_for TEXT,
	CONSTRAINT pk_suppression PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_suppression_active ON suppression (address, reason, scope) WHERE lifted_at is null;
CREATE TABLE consent (
	id BIGSERIAL NOT NULL,
	address TEXT NOT NULL,
	scope TEXT NOT NULL,
	ground TEXT NOT NULL,
	given_at TIMESTAMP WITH TIME ZONE NOT NULL,
	evidence TEXT NOT NULL,
	wording TEXT NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	actor TEXT NOT NULL,
	withdrawn_at TIMESTAMP WITH TIME ZONE,
	withdrawn_by TEXT,
	CONSTRAINT pk_consent PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_consent_active ON consent (address, scope) WHERE withdrawn_at is null;
ALTER TABLE play ADD COLUMN identity TEXT DEFAULT '' NOT NULL;
CREATE TABLE link (
	id TEXT NOT NULL,
	token_hash TEXT NOT NULL,
	purpose TEXT NOT NULL,
	about TEXT NOT NULL,
	touch TEXT,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	cycle TEXT,
	account TEXT,
	recipient TEXT NOT NULL,
	locale TEXT NOT NULL,
	context TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	revoked_by TEXT,
	CONSTRAINT pk_link PRIMARY KEY (id),
	CONSTRAINT fk_link_touch FOREIGN KEY(touch) REFERENCES touch (id),
	CONSTRAINT uq_link UNIQUE (token_hash)
);
CREATE INDEX ix_link_record ON link (record);
CREATE INDEX ix_link_touch ON link (touch);
CREATE TABLE nonce (
	text TEXT NOT NULL,
	link TEXT NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_nonce PRIMARY KEY (text),
	CONSTRAINT fk_nonce_link FOREIGN KEY(link) REFERENCES link (id)
);
CREATE TABLE submission (
	id TEXT NOT NULL,
	series TEXT NOT NULL,
	number INTEGER NOT NULL,
	link TEXT,
	survey TEXT NOT NULL,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	cycle TEXT,
	account TEXT,
	respondent TEXT NOT NULL,
	actor TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	day DATE NOT NULL,
	quarantine TEXT NOT NULL,
	source TEXT NOT NULL,
	CONSTRAINT pk_submission PRIMARY KEY (id),
	CONSTRAINT fk_submission_link FOREIGN KEY(link) REFERENCES link (id),
	CONSTRAINT uq_submission UNIQUE (series, number)
);
CREATE INDEX ix_submission_record ON submission (record);
CREATE INDEX ix_submission_source ON submission (source, at);
CREATE TABLE answer (
	submission TEXT NOT NULL,
	question TEXT NOT NULL,
	position INTEGER NOT NULL,
	value TEXT NOT NULL,
	number DOUBLE PRECISION,
	amount TEXT,
	currency TEXT,
	date DATE,
	name TEXT,
	CONSTRAINT pk_answer PRIMARY KEY (submission, question),
	CONSTRAINT fk_answer_submission FOREIGN KEY(submission) REFERENCES submission (id)
);
CREATE TABLE submission_review (
	submission TEXT NOT NULL,
	verdict TEXT NOT NULL,
	actor TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	note TEXT NOT NULL,
	CONSTRAINT pk_submission_review PRIMARY KEY (submission),
	CONSTRAINT fk_submission_review_submission FOREIGN KEY(submission) REFERENCES submission (id)
);
CREATE TABLE quote (
	id TEXT NOT NULL,
	pricebook TEXT NOT NULL,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	cycle TEXT,
	account TEXT,
	state TEXT NOT NULL,
	revision INTEGER NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	made_on DATE NOT NULL,
	sent_on DATE,
	CONSTRAINT pk_quote PRIMARY KEY (id)
);
CREATE INDEX ix_quote_record ON quote (record);
CREATE TABLE quote_revision (
	quote TEXT NOT NULL,
	number INTEGER NOT NULL,
	content TEXT NOT NULL,
	total TEXT NOT NULL,
	currency TEXT NOT NULL,
	valid_until DATE,
	reason TEXT NOT NULL,
	actor TEXT NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	previous TEXT NOT NULL,
	hash TEXT NOT NULL,
	CONSTRAINT pk_quote_revision PRIMARY KEY (quote, number),
	CONSTRAINT fk_quote_revision_quote FOREIGN KEY(quote) REFERENCES quote (id)
);
CREATE TABLE quote_acceptance (
	quote TEXT NOT NULL,
	revision INTEGER NOT NULL,
	link TEXT,
	name TEXT NOT NULL,
	terms TEXT NOT NULL,
	actor TEXT NOT NULL,
	source TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	day DATE NOT NULL,
	CONSTRAINT pk_quote_acceptance PRIMARY KEY (quote),
	CONSTRAINT fk_quote_acceptance_link FOREIGN KEY(link) REFERENCES link (id),
	CONSTRAINT fk_quote_acceptance_quote FOREIGN KEY(quote) REFERENCES quote (id)
);
CREATE TABLE opportunity (
	id TEXT NOT NULL,
	playbook TEXT NOT NULL,
	play TEXT NOT NULL,
	entity TEXT NOT NULL,
	record TEXT NOT NULL,
	cycle TEXT,
	account TEXT,
	title TEXT NOT NULL,
	assignee TEXT NOT NULL,
	amount TEXT,
	currency TEXT,
	stage TEXT NOT NULL,
	opened_on DATE NOT NULL,
	changed_on DATE NOT NULL,
	meeting_on DATE,
	closed_on DATE,
	note TEXT,
	CONSTRAINT pk_opportunity PRIMARY KEY (id)
);
CREATE INDEX ix_opportunity_open ON opportunity (assignee) WHERE closed_on IS NULL;
CREATE INDEX ix_opportunity_record ON opportunity (record);
CREATE TABLE reply (
	message_id TEXT NOT NULL,
	touch TEXT,
	entity TEXT,
	record TEXT,
	cycle TEXT,
	account TEXT,
	contact TEXT NOT NULL,
	automatic BOOLEAN NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	day DATE NOT NULL,
	CONSTRAINT pk_reply PRIMARY KEY (message_id),
	CONSTRAINT fk_reply_touch FOREIGN KEY(touch) REFERENCES touch (id)
);
CREATE INDEX ix_reply_contact ON reply (contact);
ALTER TABLE event ADD COLUMN digest TEXT DEFAULT '' NOT NULL;
CREATE TABLE slot (
	playbook TEXT NOT NULL,
	slot TEXT NOT NULL,
	schedule TEXT NOT NULL,
	run TEXT,
	missed INTEGER NOT NULL,
	missed_from TEXT,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_slot PRIMARY KEY (playbook, slot),
	CONSTRAINT fk_slot_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE TABLE seal (
	number INTEGER NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	spans TEXT NOT NULL,
	holes TEXT NOT NULL,
	count INTEGER NOT NULL,
	last BIGINT NOT NULL,
	previous TEXT NOT NULL,
	hash TEXT NOT NULL,
	CONSTRAINT pk_seal PRIMARY KEY (number)
);
CREATE TABLE erasure_key (
	id INTEGER NOT NULL,
	key TEXT NOT NULL,
	CONSTRAINT pk_erasure_key PRIMARY KEY (id)
);
CREATE TABLE staff_account (
	name TEXT NOT NULL,
	email TEXT,
	role TEXT NOT NULL,
	password TEXT,
	issuer TEXT,
	subject TEXT,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	disabled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_staff_account PRIMARY KEY (name),
	CONSTRAINT uq_staff_account UNIQUE (email),
	CONSTRAINT uq_staff_account_subject UNIQUE (issuer, subject)
);
CREATE TABLE staff_session (
	id TEXT NOT NULL,
	account TEXT NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_staff_session PRIMARY KEY (id),
	CONSTRAINT fk_staff_session_account FOREIGN KEY(account) REFERENCES staff_account (name)
);
CREATE INDEX ix_staff_session_account ON staff_session (account);
CREATE TABLE staff_attempt (
	caller TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE NOT NULL,
	count INTEGER NOT NULL,
	CONSTRAINT pk_staff_attempt PRIMARY KEY (caller)
);
ALTER TABLE task ADD COLUMN place TEXT DEFAULT '' NOT NULL;
ALTER TABLE task ADD COLUMN outcomes TEXT DEFAULT '[]' NOT NULL;
ALTER TABLE task ADD COLUMN mails TEXT DEFAULT '[]' NOT NULL;
DROP INDEX ix_task_open;
CREATE INDEX ix_task_open ON task (assignee, place, id) WHERE closed_on IS NULL;
CREATE INDEX ix_task_place ON task (place, id) WHERE closed_on IS NULL;
CREATE INDEX ix_task_account ON task (account);
CREATE INDEX ix_decision_run ON decision (run, occurrence);
CREATE INDEX ix_submission_account ON submission (account);
CREATE INDEX ix_quote_account ON quote (account);
CREATE INDEX ix_opportunity_account ON opportunity (account);
CREATE TABLE feed_item (
	touch TEXT NOT NULL,
	closed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_feed_item PRIMARY KEY (touch),
	CONSTRAINT fk_feed_item_touch FOREIGN KEY(touch) REFERENCES touch (id)
);
CREATE INDEX ix_feed_item_open ON feed_item (touch) WHERE closed_at IS NULL;
CREATE TABLE staff_token (
	name TEXT NOT NULL,
	account TEXT NOT NULL,
	role TEXT NOT NULL,
	secret TEXT NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_staff_token PRIMARY KEY (name),
	CONSTRAINT fk_staff_token_account FOREIGN KEY(account) REFERENCES staff_account (name)
);
CREATE INDEX ix_task_snoozed ON task (place, id) WHERE snoozed_until IS NOT NULL;
CREATE TABLE handover (
	name TEXT NOT NULL,
	event BIGINT NOT NULL,
	holes TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_handover PRIMARY KEY (name)
);
ALTER TABLE claim ADD COLUMN sent TEXT DEFAULT '[]' NOT NULL;
INSERT INTO playcall_revision (version_num) VALUES ('0010');
