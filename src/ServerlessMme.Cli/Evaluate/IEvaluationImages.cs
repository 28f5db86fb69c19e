using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Images that somebody labelled.</summary>
internal interface IEvaluationImages
{
    /// <summary>The images whose label the model has, and counts of the others.</summary>
    /// <exception cref="CommandException">The model has the label of no image.</exception>
    LabelledImages Match(ModelName model, IReadOnlyList<string> labels);
}
