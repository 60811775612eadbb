//! The judge: facts in, verdict with citations out (GMC, Making and using visual and audio recordings of patients).
