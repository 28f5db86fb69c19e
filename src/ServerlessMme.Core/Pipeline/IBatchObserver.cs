using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Observes the result of each image of a batch. The flow calls it from several threads at once.</summary>
public interface IBatchObserver
{
    /// <summary>Returns false to score an image again even if its label is current.</summary>
    bool Accepts(LabelStamp label);

    /// <summary>Called when an image keeps its existing label.</summary>
    void Kept(string image, LabelStamp label);

    /// <summary>Called after a label was written.</summary>
    /// <param name="replaced">The label that the same image had before, if it was looked up and existed.</param>
    void Labeled(Label label, LabelStamp? replaced);
}
