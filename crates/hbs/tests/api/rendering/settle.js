// Lets a page do what it will until it is there, while all of it is touched, and for a moment after that. Returns how many texts
// it shows.
(async () => {
    if (document.readyState !== "complete") {
        await new Promise((done) => addEventListener("load", done));
    }
    const kinds = ["mouseover", "mouseenter", "mousedown", "pointerover", "touchstart", "focus", "toggle", "animationstart", "click"];
    for (const element of document.querySelectorAll("*")) {
        const link = element.closest("a[href], area[href]");
        // Other links would leave the page.
        if (link && link.protocol === "javascript:") {
            link.click();
        }
        for (const kind of link ? kinds.slice(0, -1) : kinds) {
            element.dispatchEvent(new Event(kind, { cancelable: true }));
        }
    }
    await new Promise((done) => setTimeout(done, 300));
    return document.querySelectorAll(".shown").length;
})()
