package rulesslo

// The part of Grafana's dashboard model that is used here, by the names of its JSON. It has
// been stable since Grafana 8.
type (
	grafanaDashboard struct {
		UID           string            `json:"uid"`
		Title         string            `json:"title"`
		Description   string            `json:"description"`
		Tags          []string          `json:"tags"`
		Editable      bool              `json:"editable"`
		GraphTooltip  int               `json:"graphTooltip"` // 1: a shared crosshair
		SchemaVersion int               `json:"schemaVersion"`
		Refresh       string            `json:"refresh"`
		Time          grafanaTimeRange  `json:"time"`
		Templating    grafanaTemplating `json:"templating"`
		Panels        []*grafanaPanel   `json:"panels"`
	}

	grafanaTimeRange struct {
		From string `json:"from"`
		To   string `json:"to"`
	}

	grafanaTemplating struct {
		List []grafanaVariable `json:"list"`
	}

	grafanaVariable struct {
		Name  string `json:"name"`
		Label string `json:"label"`
		Type  string `json:"type"`
		Query string `json:"query"`
	}

	grafanaPanel struct {
		ID          int                 `json:"id"`
		Type        string              `json:"type"`
		Title       string              `json:"title"`
		Description string              `json:"description,omitempty"`
		GridPos     grafanaGridPos      `json:"gridPos"`
		Datasource  *grafanaDatasource  `json:"datasource,omitempty"`
		Targets     []grafanaTarget     `json:"targets,omitempty"`
		FieldConfig *grafanaFieldConfig `json:"fieldConfig,omitempty"`
		Options     map[string]any      `json:"options,omitempty"`
		Collapsed   *bool               `json:"collapsed,omitempty"` // of a row
		Panels      []*grafanaPanel     `json:"panels,omitempty"`    // of a collapsed row
	}

	grafanaGridPos struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}

	grafanaDatasource struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}

	grafanaTarget struct {
		RefID        string `json:"refId"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
		Instant      bool   `json:"instant"`
		Range        bool   `json:"range"`
	}

	grafanaFieldConfig struct {
		Defaults  grafanaFieldDefaults `json:"defaults"`
		Overrides []any                `json:"overrides"`
	}

	grafanaFieldDefaults struct {
		Unit       string             `json:"unit,omitempty"`
		Decimals   *int               `json:"decimals,omitempty"`
		Min        *float64           `json:"min,omitempty"`
		Max        *float64           `json:"max,omitempty"`
		Thresholds *grafanaThresholds `json:"thresholds,omitempty"`
		Custom     map[string]any     `json:"custom,omitempty"`
	}

	grafanaThresholds struct {
		Mode  string        `json:"mode"`
		Steps []grafanaStep `json:"steps"`
	}

	// The first step has no value: it begins at minus infinity.
	grafanaStep struct {
		Color string   `json:"color"`
		Value *float64 `json:"value"`
	}
)

// grafanaWidth is how many columns a dashboard has.
const grafanaWidth = 24

// A canvas places panels from left to right, and numbers them.
type canvas struct {
	panels []*grafanaPanel
	id     int
	x, y   int
	height int // of the line
}

// place adds a panel of some width and height, on the next line if there is no room.
func (c *canvas) place(p *grafanaPanel, w, h int) {
	if c.x+w > grafanaWidth {
		c.x, c.y, c.height = 0, c.y+c.height, 0
	}
	c.id++
	p.ID = c.id
	p.GridPos = grafanaGridPos{X: c.x, Y: c.y, W: w, H: h}
	c.x, c.height = c.x+w, max(c.height, h)
	c.panels = append(c.panels, p)
}

// row adds a row whose panels are below it, hidden until somebody opens it if collapsed.
func (c *canvas) row(title string, collapsed bool, fill func(*canvas)) {
	if c.x > 0 {
		c.x, c.y, c.height = 0, c.y+c.height, 0
	}
	row := &grafanaPanel{Type: "row", Title: title, Collapsed: &collapsed}
	c.place(row, grafanaWidth, 1)
	inside := &canvas{id: c.id, y: c.y + 1}
	fill(inside)
	c.id = inside.id
	if collapsed {
		row.Panels = inside.panels
		c.x, c.y, c.height = 0, c.y+1, 0
		return
	}
	c.panels = append(c.panels, inside.panels...)
	c.x, c.y, c.height = 0, inside.y+inside.height, 0
}
