"""A formula that knows each layer's gradient before it is computed."""

from __future__ import annotations

from gradtui.core.language import mark
from gradtui.core.lesson import Expectation, Lesson, Task

entry = Lesson(
    name="mean-field",
    experiment="mean-field",
    about=mark("Weights that are drawn at the critical point carry a signal to any depth."),
    tasks=(
        Task(
            say=mark("Compare the two slopes: the predicted line lies on the measured profile."),
            expect=(Expectation("chi_error", high=0.03), Expectation("chi", 1.03, 1.5)),
            why=mark(
                "In a wide random net each z is Gaussian, so one integral over its variance "
                "gives the factor χ by which a layer changes the signal's power."
            ),
            formula="χ = σ_w² E[φ′(z)²] = {chi}, measured {chi_measured}: above 1, chaotic",
            steps=20,
        ),
        Task(
            say=mark("Press {key} and type rescale=critical: the weights shrink until χ is 1."),
            key="knob",
            press=(("rescale", "critical"),),
            expect=(
                Expectation("chi", 0.97, 1.03),
                Expectation("chi_measured", 0.95, 1.05),
                Expectation("slope", -0.02, 0.02),
            ),
            why=mark(
                "At χ = 1 the depth scale ξ = 1/|ln χ| is infinite: neither order nor chaos "
                "eats the signal up."
            ),
            formula="χ = {chi}, measured {chi_measured}:  {gain} a layer",
            steps=20,
        ),
    ),
    source="Poole et al. 2016; Schoenholz, Gilmer, Ganguli, Sohl-Dickstein 2017",
    further=mark("Change the activation and rescale again; each has a critical point of its own."),
)
