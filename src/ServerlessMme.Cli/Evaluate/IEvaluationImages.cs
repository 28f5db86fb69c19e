using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Images with known labels.</summary>
internal interface IEvaluationImages
{
    /// <summary>Returns the images whose label the model has, and counts of the others.</summary>
    /// <exception cref="CommandException">The model has none of the images' labels.</exception>
    LabeledImages Match(ModelName model, IReadOnlyList<string> labels);
}
