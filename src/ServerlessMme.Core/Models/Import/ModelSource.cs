namespace ServerlessMme.Core.Models.Import;

/// <summary>The origin of a model, as far as its file and companions show.</summary>
public enum ModelSource
{
    Plain,
    Torchvision,
    Timm,
    HuggingFace,
    Keras,
    TeachableMachine,
    CustomVision,
    OnnxModelZoo,
    ScikitLearn,
    MlNet,
}

/// <summary>Recognizes sources.</summary>
public static class ModelSources
{
    /// <summary>Returns the source's display name.</summary>
    public static string NameOf(ModelSource source) => source switch
    {
        ModelSource.Torchvision => "PyTorch (torch.onnx.export)",
        ModelSource.Timm => "timm",
        ModelSource.HuggingFace => "Hugging Face",
        ModelSource.Keras => "Keras (tf2onnx)",
        ModelSource.TeachableMachine => "Teachable Machine",
        ModelSource.CustomVision => "Azure Custom Vision",
        ModelSource.OnnxModelZoo => "the ONNX model zoo",
        ModelSource.ScikitLearn => "scikit-learn (skl2onnx)",
        ModelSource.MlNet => "ML.NET",
        _ => "an unknown program",
    };

    internal static ModelSource Recognize(ModelFacts facts, Companions files)
    {
        var config = files.Json("config.json");
        var producer = facts.Producer;
        if (facts.Metadata.Keys.Any(key => key.StartsWith("Image.", StringComparison.Ordinal))
            || files.Text("cvexport.manifest") is not null
            || (facts.Outputs.Contains("classLabel") && facts.Outputs.Contains("loss")))
        {
            return ModelSource.CustomVision;
        }

        if (producer.Contains("ML.NET", StringComparison.OrdinalIgnoreCase))
        {
            return ModelSource.MlNet;
        }

        if (producer.Contains("skl", StringComparison.OrdinalIgnoreCase))
        {
            return ModelSource.ScikitLearn;
        }

        if (config?.ContainsKey("pretrained_cfg") == true
            || (config?.ContainsKey("architecture") == true && config.ContainsKey("num_classes")))
        {
            return ModelSource.Timm;
        }

        if (config?.ContainsKey("id2label") == true || files.Json("preprocessor_config.json") is not null)
        {
            return ModelSource.HuggingFace;
        }

        var isKeras = producer.Contains("tf2onnx", StringComparison.OrdinalIgnoreCase)
            || producer.Contains("keras", StringComparison.OrdinalIgnoreCase);
        if (files.Lines("labels.txt") is { Count: > 0 } lines
            && lines.Select((line, i) => line.StartsWith($"{i} ", StringComparison.Ordinal)).All(each => each))
        {
            return ModelSource.TeachableMachine;
        }

        if (files.Text("synset.txt") is not null || files.Text("labels_map.txt") is not null)
        {
            return ModelSource.OnnxModelZoo;
        }

        return isKeras ? ModelSource.Keras
            : producer.Contains("pytorch", StringComparison.OrdinalIgnoreCase) ? ModelSource.Torchvision
            : ModelSource.Plain;
    }
}
